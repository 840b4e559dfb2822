"""Mail in: at which address mail is taken, who may post it here, which server is trusted, which mailbox is fetched."""

from __future__ import annotations

from http import HTTPStatus
from secrets import token_bytes
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.mail_in.mailbox import (
    MailboxWish,
    mail_in_settings,
    rotate_mail_in_secret,
    save_mail_in,
    secret_of_webhook,
    stop_mail_in,
)
from tallystick.platform.models import InboundMail, MailInSettings, MailInState
from tallystick.platform.webhooks.signing import ENTROPY_NEEDED
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats

_BARE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class MailInForm(forms.Form):
    """Asks where mail is taken; the mailbox is optional as a whole."""

    address = forms.EmailField(
        label=_lazy("Address"),
        help_text=_lazy("Mail to it registers deals. With a part after a plus sign it is for one partner, or a reply."),
        widget=forms.EmailInput(attrs={**_BARE, "placeholder": _lazy("deals@in.example.com")}),
        error_messages={
            "required": _lazy("Enter the address that mail is sent to."),
            "invalid": _lazy("Enter an address such as deals@in.example.com."),
        },
    )
    trusted_server = forms.RegexField(
        regex=r"[A-Za-z0-9._-]+",
        label=_lazy("Mail server that checks senders"),
        required=False,
        max_length=255,
        help_text=_lazy(
            "The name it puts first in Authentication-Results. Not needed where the webhook brings the results."
        ),
        widget=forms.TextInput(attrs={**_BARE, "placeholder": _lazy("mx.example.com")}),
        error_messages={"invalid": _lazy("Enter the name alone, such as mx.example.com.")},
    )
    imap_host = forms.RegexField(
        regex=r"[A-Za-z0-9._:-]+",
        label=_lazy("IMAP server"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={**_BARE, "placeholder": _lazy("imap.example.com")}),
        error_messages={"invalid": _lazy("Enter the name alone, such as imap.example.com.")},
    )
    imap_port = forms.IntegerField(label=_lazy("Port"), min_value=1, max_value=65_535, initial=993)
    imap_user = forms.CharField(
        label=_lazy("User"), required=False, max_length=254, widget=forms.TextInput(attrs={**_BARE})
    )
    imap_password = forms.CharField(
        label=_lazy("Password"),
        required=False,
        max_length=500,
        help_text=_lazy("Kept sealed. Leave it empty to keep the one there is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    imap_folder = forms.RegexField(
        regex=r'[^"\\\x00-\x1f\x7f-\uffff]+',
        label=_lazy("Folder"),
        max_length=255,
        initial="INBOX",
        error_messages={"invalid": _lazy("Write the folder in plain letters, without quotation marks.")},
    )

    def __init__(self, *arguments: Any, has_password: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.has_password = has_password

    def clean(self) -> dict[str, Any]:
        """Ask for the user and, the first time, the password of a mailbox that is named."""
        asked = super().clean() or self.cleaned_data
        if asked.get("imap_host"):
            if not asked.get("imap_user"):
                self.add_error("imap_user", ValidationError(_("Enter whose mailbox it is.")))
            if not asked.get("imap_password") and not self.has_password:
                self.add_error("imap_password", ValidationError(_("Enter the password of the mailbox.")))
        return asked

    def wish(self) -> MailboxWish:
        """Return what a valid form asks for."""
        return MailboxWish(**{name: self.cleaned_data[name] for name in self.fields})


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def mail_in(request: HttpRequest) -> HttpResponse:
    """Show how mail is taken, and change it."""
    viewer, row = current_viewer(request), mail_in_settings()
    form = MailInForm(request.POST or None, initial=_initial(row), has_password=bool(row and row.sealed_imap_password))
    if request.method == "POST" and form.is_valid():
        save_mail_in(viewer.actor(), wish=form.wish(), at=now(), entropy=token_bytes(ENTROPY_NEEDED))
        messages.success(request, _("Saved. Mail is taken from now on."))
        return redirect("console:mail_in")
    return _show(request, viewer, row, form)


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def rotate_mail_secret(request: HttpRequest) -> HttpResponse:
    """Give the webhook another secret and show it this once."""
    viewer, row = current_viewer(request), mail_in_settings()
    if row is None:
        return redirect("console:mail_in")
    secret = rotate_mail_in_secret(viewer.actor(), at=now(), entropy=token_bytes(ENTROPY_NEEDED))
    form = MailInForm(initial=_initial(row), has_password=bool(row.sealed_imap_password))
    return _show(request, viewer, row, form, secret=secret)


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def show_mail_secret(request: HttpRequest) -> HttpResponse:
    """Show the secret that the mail server signs with, for whoever sets the server up."""
    viewer, row = current_viewer(request), mail_in_settings()
    if row is None:
        return redirect("console:mail_in")
    form = MailInForm(initial=_initial(row), has_password=bool(row.sealed_imap_password))
    return _show(request, viewer, row, form, secret=secret_of_webhook(row))


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def stop_mail(request: HttpRequest) -> HttpResponse:
    """Take no mail any more."""
    stop_mail_in(current_viewer(request).actor(), at=now())
    messages.success(request, _("No mail is taken any more. What was taken stays."))
    return redirect("console:mail_in")


def _show(
    request: HttpRequest, viewer: Viewer, row: MailInSettings | None, form: MailInForm, *, secret: str = ""
) -> HttpResponse:
    waiting = InboundMail.objects.filter(state__in=[MailInState.HELD, MailInState.UNREADABLE]).count()
    context = {
        "form": form,
        "row": row,
        "secret": secret,
        "hook_url": settings.BASE_URL + reverse("hooks:mail", args=[viewer.workspace.pk]),
        "waiting": waiting,
        "fetched": formats.moment(row.fetched_at) if row and row.fetched_at else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/mail_in.html", context, status=status)


def _initial(row: MailInSettings | None) -> dict[str, Any]:
    names = ("address", "trusted_server", "imap_host", "imap_port", "imap_user", "imap_folder")
    return {name: getattr(row, name) for name in names} if row else {}
