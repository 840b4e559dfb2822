"""The card of a partner's public form, on the partner's page of the console and on the portal's page of the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from tallystick.partners.public_forms import (
    ENTROPY_NEEDED,
    FormClosed,
    address_of,
    close_public_form,
    open_public_form,
    public_form_of,
    rotate_public_form,
    token_of,
)
from tallystick.platform.actors import Actor
from tallystick.platform.mail_in.addresses import tagged
from tallystick.platform.mail_in.mailbox import address_for_mail
from tallystick.platform.tenancy import vendor_side
from tallystick.web.ui import formats


@dataclass(frozen=True, slots=True)
class FormCard:
    """What is known of a partner's form; `address` is empty where the installation's secret key has changed."""

    is_open: bool
    address: str = ""
    since: str = ""
    by: str = ""
    mail_address: str = ""
    """Where the same is done by mail; empty where the workspace takes none."""


def form_card(partner_id: int) -> FormCard:
    """Return the card of a partner's form. Two queries."""
    form = public_form_of(partner_id)
    if form is None:
        return FormCard(is_open=False)
    with vendor_side():
        inbox, token = address_for_mail(), token_of(form)
    return FormCard(
        is_open=True,
        address=address_of(form),
        since=formats.day_and_year(form.opened_at),
        by=form.opened_by_label,
        mail_address=tagged(inbox, token) if inbox and token else "",
    )


def change_form(request: HttpRequest, actor: Actor, *, partner_id: int, action: str, at: datetime) -> None:
    """Do what a button of the card asks, and say what came of it. Raises `Http404` for what no button asks."""
    match action:
        case "open":
            open_public_form(actor, partner_id=partner_id, at=at, entropy=token_bytes(ENTROPY_NEEDED))
            messages.success(request, _("The form is open. Give its address to whom you trust to register for you."))
        case "rotate":
            try:
                rotate_public_form(actor, partner_id=partner_id, at=at, entropy=token_bytes(ENTROPY_NEEDED))
            except FormClosed:
                messages.error(request, _("The form is closed. Open it, and it has a new address."))
            else:
                messages.success(request, _("The form has a new address; the old one leads nowhere any more."))
        case "close":
            close_public_form(actor, partner_id=partner_id, at=at)
            messages.success(request, _("The form is closed; its address leads nowhere any more."))
        case _:
            raise Http404
