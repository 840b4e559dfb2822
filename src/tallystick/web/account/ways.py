"""How one signs in beside the mail: the overview, the password and the passkeys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal import auth, flows
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.partners.own_account import AccountChange, tell_of_change
from tallystick.platform.clock import now
from tallystick.platform.models import Person
from tallystick.web.access import current_viewer, member
from tallystick.web.account.confirmed import confirmed
from tallystick.web.account.pages import person_of, show_account
from tallystick.web.public.browsers import browser_words
from tallystick.web.public.new_browsers import whence
from tallystick.web.public.passkeys import passkeys_work_here
from tallystick.web.public.second_step import takes_recovery_codes
from tallystick.web.second_factor import note_new_factor

FEW_CODES = 3
"""From how many unused recovery codes on the page says that they run out."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner knows it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


class PasswordForm(forms.Form):
    """Asks for a new password, once: the field can be shown."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=128,
        help_text=gettext_lazy("12 characters or more. Several words in a row are easy to keep and hard to guess."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Enter a password.")},
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person

    def clean_password(self) -> str:
        """Refuse what is short, common or like the person's own name or address."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self._person)
        return password


class PasskeyNameForm(forms.Form):
    """Asks what to call a passkey."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("Such as the device it is on."),
        error_messages={"required": gettext_lazy("Enter a name.")},
    )


@member
@require_safe
def ways(request: HttpRequest) -> HttpResponse:
    """Show all ways to sign in, and what each is good for."""
    person = person_of(request)
    own = list(Authenticator.objects.filter(user=person).order_by("created_at", "pk"))
    app = next((row for row in own if row.type == Authenticator.Type.TOTP), None)
    codes = next((row for row in own if row.type == Authenticator.Type.RECOVERY_CODES), None)
    is_asked = current_viewer(request).second_factor_due is not None
    takes_codes = takes_recovery_codes(person, second_factor_is_asked=is_asked)
    left = len(codes.wrap().get_unused_codes()) if codes and takes_codes else 0
    context = {
        "person": person,
        "has_password": person.has_usable_password(),
        "passkeys": [_passkey(row) for row in own if row.type == Authenticator.Type.WEBAUTHN],
        "passkeys_work": passkeys_work_here(request),
        "app": app,
        "takes_codes": takes_codes,
        "codes_left": left,
        "codes_run_out": left <= FEW_CODES,
    }
    return show_account(request, "account/ways.html", context)


@member
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def password(request: HttpRequest) -> HttpResponse:
    """Set a password, or another one; other sessions end, as they may be somebody else's."""
    person = person_of(request)
    form = PasswordForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        person.set_password(form.cleaned_data["password"])
        _keep_password(request, person, AccountChange.PASSWORD_SET)
        messages.success(request, _("The password is set. Other sessions were ended."))
        return redirect("account:ways")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "person": person, "has_password": person.has_usable_password()}
    return show_account(request, "account/password.html", context, status=status)


@member
@require_POST
@confirmed
def remove_password(request: HttpRequest) -> HttpResponse:
    """Remove the password: from then on codes, links and passkeys sign in."""
    person = person_of(request)
    if person.has_usable_password():
        person.set_unusable_password()
        _keep_password(request, person, AccountChange.PASSWORD_REMOVED)
        messages.success(request, _("The password is gone. You sign in with a code, a link or a passkey."))
    return redirect("account:ways")


@member
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Ask the browser for a new passkey and keep it."""
    person = person_of(request)
    if not passkeys_work_here(request):
        raise Http404
    data = None
    if request.method == "POST":
        data = request.POST.copy()
        data["passwordless"] = "on"
    form = AddWebAuthnForm(data, user=person)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"][:80]
        flows.add_authenticator(request, name=name, credential=form.cleaned_data["credential"])
        note_new_factor(request, person, Authenticator.Type.WEBAUTHN)
        tell_of_change(person=person, change=AccountChange.PASSKEY_ADDED, whence=whence(request), at=now())
        messages.success(request, _("The passkey “%(name)s” signs you in from now on.") % {"name": name})
        return redirect(
            "account:ways" if current_viewer(request).second_factor_due is None else "account:second_factor"
        )
    context = {
        "suggested": browser_words(request.headers.get("User-Agent", "")),
        "options": json.dumps(auth.begin_registration(person, passwordless=True)),
        "refused": bool(form.errors),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_account(request, "account/passkey_new.html", context, status=status)


@member
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def rename_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Call a passkey something else."""
    row = _own_passkey(request, passkey_id)
    form = PasskeyNameForm(request.POST or None, initial={"name": row.wrap().name})
    if request.method == "POST" and form.is_valid():
        flows.rename_authenticator(request, row, form.cleaned_data["name"])
        return redirect("account:ways")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_account(request, "account/passkey.html", {"form": form, "passkey": _passkey(row)}, status=status)


@member
@require_POST
@confirmed
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Forget a passkey; the one kept on the device no longer signs in."""
    row = _own_passkey(request, passkey_id)
    name = row.wrap().name
    flows.remove_authenticator(request, row)
    tell_of_change(person=person_of(request), change=AccountChange.PASSKEY_REMOVED, whence=whence(request), at=now())
    messages.success(request, _("The passkey “%(name)s” no longer signs you in.") % {"name": name})
    return redirect("account:ways")


def _own_passkey(request: HttpRequest, passkey_id: int) -> Authenticator:
    own = Authenticator.objects.filter(user=person_of(request), type=Authenticator.Type.WEBAUTHN)
    row: Authenticator | None = own.filter(pk=passkey_id).first()
    if row is None:
        raise Http404
    return row


def _passkey(row: Authenticator) -> Passkey:
    return Passkey(id=row.pk, name=row.wrap().name, added_at=row.created_at, used_at=row.last_used_at)


def _keep_password(request: HttpRequest, person: Person, change: AccountChange) -> None:
    person.save(update_fields=["password"])
    # Sessions are bound to the password: this one is bound anew, all others end with the old one.
    update_session_auth_hash(request, person)
    UserSession.objects.create_from_request(request)
    tell_of_change(person=person, change=change, whence=whence(request), at=now())
