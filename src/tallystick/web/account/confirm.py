"""The page that asks for a proof before a sign-in is changed: by what the person has, strongest first."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from secrets import compare_digest
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tallystick.platform.clock import now
from tallystick.platform.languages import writing_in
from tallystick.platform.mail import send_mail_after_commit
from tallystick.platform.models import Person
from tallystick.platform.second_factor import holders_among
from tallystick.web.access import current_viewer, member
from tallystick.web.account.pages import person_of, show_account
from tallystick.web.public.limits import refusal
from tallystick.web.public.second_step import has_second_step
from tallystick.web.second_factor import owes_second_factor

CODE_LASTS: Final = 15 * 60
ATTEMPTS: Final = 3
_SENT: Final = "confirm_code"


class CodeForm(forms.Form):
    """Asks for a code, from the mail or from the app."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": gettext_lazy("Enter the code.")},
    )


class PasswordForm(forms.Form):
    """Asks for the present password."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password.")},
    )


@member
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask who is there; a good answer leads on to the page that asked."""
    person = person_of(request)
    forms_shown: dict[str, forms.Form] = {}
    if request.method == "POST":
        refused = refusal(request, "confirm", key=str(person.pk))
        if refused is not None:
            return refused
        if _answer(request, person, forms_shown):
            return redirect(get_next_redirect_url(request) or reverse("account:ways"))
    return _ask(request, person, forms_shown)


def _answer(request: HttpRequest, person: Person, shown: dict[str, forms.Form]) -> bool:
    """Take one of the answers; leave its form in `shown` where it was wrong."""
    match request.POST.get("by"):
        case "mail" if not _takes_factor_only(request, person):
            _send_code(request, person)
            return False
        case "code" if _takes_factor_only(request, person):
            shown["code"] = form = ReauthenticateForm(request.POST, user=person)
            if form.is_valid():
                form.save()
                return True
        case "code":
            shown["code"] = form = CodeForm(request.POST)
            if form.is_valid():
                if _is_sent_code(request, form.cleaned_data["code"]):
                    record_authentication(request, person, method="code", reauthenticated=True)
                    return True
                form.add_error("code", _("That is not the code. Look for the newest mail from us."))
        case "password" if person.has_usable_password() and not _needs_factor(request):
            shown["password"] = form = PasswordForm(request.POST)
            if form.is_valid() and _is_password(request, person, form):
                record_authentication(request, person, method="password", reauthenticated=True)
                return True
        case "passkey":
            shown["passkey"] = form = ReauthenticateWebAuthnForm(data=request.POST, user=person)
            if form.is_valid():
                form.save()
                return True
    return False


def _ask(request: HttpRequest, person: Person, shown: dict[str, forms.Form]) -> HttpResponse:
    two_steps = _takes_factor_only(request, person)
    has_passkey = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists()
    was_sent = _SENT in request.session
    context: dict[str, Any] = {
        "person": person,
        "next_path": get_next_redirect_url(request) or "",
        "two_steps": two_steps,
        "was_sent": was_sent,
        "code_form": shown.get("code") or (CodeForm() if two_steps or was_sent else None),
        "password_form": shown.get("password")
        or (PasswordForm() if person.has_usable_password() and not _needs_factor(request) else None),
        "options": json.dumps(auth.begin_authentication(person)) if has_passkey else "",
        "passkey_refused": "passkey" in shown,
    }
    wrong = any(form.errors for form in shown.values())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show_account(request, "account/confirm.html", context, status=status)


def _needs_factor(request: HttpRequest) -> bool:
    """Tell whether only a second factor proves enough: it is overdue here, and the person holds one."""
    viewer = current_viewer(request)
    return owes_second_factor(request, viewer, at=now()) and viewer.person.pk in holders_among([viewer.person.pk])


def _takes_factor_only(request: HttpRequest, person: Person) -> bool:
    """Tell whether a code comes from the app or the recovery codes, and none is sent by mail."""
    return has_second_step(person) or _needs_factor(request)


def _send_code(request: HttpRequest, person: Person) -> None:
    code: str = get_adapter().generate_login_code()
    request.session[_SENT] = {"hash": _hashed(request, code), "until": time.time() + CODE_LASTS, "left": ATTEMPTS}
    with writing_in(person.language):
        send_mail_after_commit(template="mail/confirm_code", to=person.email, context={"code": code, "person": person})


def _is_sent_code(request: HttpRequest, typed: str) -> bool:
    """Compare with the code that was mailed, case and hyphens aside; the third wrong one ends it."""
    sent = request.session.pop(_SENT, None)
    if sent is None or time.time() > sent["until"]:
        return False
    if compare_digest(sent["hash"], _hashed(request, typed)):
        return True
    if sent["left"] > 1:
        request.session[_SENT] = {**sent, "left": sent["left"] - 1}
    return False


def _hashed(request: HttpRequest, code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(f"tallystick.confirm:{request.session.session_key}", plain).hexdigest()


def _is_password(request: HttpRequest, person: Person, form: forms.Form) -> bool:
    adapter = get_adapter(request)
    try:
        found = adapter.authenticate(request, email=person.email, password=form.cleaned_data["password"])
    except ValidationError as too_many:
        form.add_error("password", too_many)
        return False
    if found is None or found.pk != person.pk:
        form.add_error("password", _("That is not your password."))
        return False
    return True
