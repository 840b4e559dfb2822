"""The second step of one's own sign-in: an authenticator app, and the recovery codes for the day it is lost."""

from __future__ import annotations

from http import HTTPStatus

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery_flows
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import flows
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.partners.own_account import AccountChange, tell_of_change
from tallystick.platform.clock import now
from tallystick.web.access import current_viewer, member
from tallystick.web.account.confirmed import confirmed
from tallystick.web.account.pages import person_of, show_account
from tallystick.web.public.new_browsers import whence
from tallystick.web.public.second_step import has_second_step, takes_recovery_codes
from tallystick.web.second_factor import note_new_factor
from tallystick.web.ui.qr_codes import qr_code


class AuthenticatorForm(ActivateTOTPForm):  # type: ignore[misc]
    """Asks for the first code the app shows, which proves that it was set up."""

    code = forms.CharField(
        label=gettext_lazy("Code the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Enter the six digits the app shows.")},
    )


@member
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def authenticator(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: scan, type the first code, and the recovery codes are shown."""
    person = person_of(request)
    if has_second_step(person):
        return redirect("account:ways")
    form = AuthenticatorForm(request.POST or None, user=person)
    if request.method == "POST" and form.is_valid():
        flows.activate_totp(request, form)
        note_new_factor(request, person, Authenticator.Type.TOTP)
        tell_of_change(person=person, change=AccountChange.AUTHENTICATOR_ADDED, whence=whence(request), at=now())
        messages.success(
            request, _("From now on a sign-in takes a second step. Keep these codes for the day the app is lost.")
        )
        return redirect("account:recovery_codes")
    adapter = get_adapter()
    context = {
        "form": form,
        "secret": _in_groups(form.secret),
        "qr": qr_code(adapter.build_totp_svg(adapter.build_totp_url(person, form.secret))),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_account(request, "account/authenticator.html", context, status=status)


@member
@require_POST
@confirmed
def remove_authenticator(request: HttpRequest) -> HttpResponse:
    """Remove the app and the recovery codes with it: signing in takes one step again."""
    person = person_of(request)
    app = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
    if app is not None:
        flows.deactivate_totp(request, app)
        if not _takes_codes(request):
            Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).delete()
        tell_of_change(person=person, change=AccountChange.AUTHENTICATOR_REMOVED, whence=whence(request), at=now())
        messages.success(request, _("Signing in takes one step again. The recovery codes are gone, too."))
    return redirect("account:ways")


@member
@require_safe
@confirmed
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the codes that have not been used."""
    context = {"codes": _unused(request), "may_go_on": current_viewer(request).second_factor_due is not None}
    return show_account(request, "account/recovery_codes.html", context)


@member
@require_safe
@confirmed
def download_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Give the unused codes as a text file."""
    person = person_of(request)
    lines = [_("Recovery codes of %(address)s; each works once.") % {"address": person.email}, "", *_unused(request)]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tallystick-recovery-codes.txt"'
    return response


@member
@require_POST
@confirmed
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make ten new codes; the old ones no longer work."""
    person = person_of(request)
    if not _takes_codes(request):
        raise Http404
    recovery_flows.generate_recovery_codes(request)
    tell_of_change(person=person, change=AccountChange.RECOVERY_CODES_RENEWED, whence=whence(request), at=now())
    messages.success(request, _("These are your new codes. The old ones no longer work."))
    return redirect("account:recovery_codes")


def _takes_codes(request: HttpRequest) -> bool:
    is_asked = current_viewer(request).second_factor_due is not None
    return takes_recovery_codes(person_of(request), second_factor_is_asked=is_asked)


def _unused(request: HttpRequest) -> list[str]:
    person = person_of(request)
    row = Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None or not _takes_codes(request):
        raise Http404
    codes: list[str] = row.wrap().get_unused_codes()
    return codes


def _in_groups(secret: str) -> str:
    """Write a secret in groups of four, as people type it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
