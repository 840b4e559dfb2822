"""Registrations of people who do not sign in: by a partner's public form or by mail, each receipted by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from tallystick.deals.models import DealRegistration, OutsideSubmitter, WayIn
from tallystick.deals.receipts import outside_receipt_url, receipt_of
from tallystick.deals.services import NewRegistration, submit_once
from tallystick.platform import formats
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.notifications.delivering import MailRefused
from tallystick.platform.notifications.letters import Button, Letter, Line, Part, message_of
from tallystick.platform.tenancy import current_workspace_id

MAIL_RECEIPT: Final = "flows.mail_receipt"


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who registers without an account here, and how."""

    way: WayIn
    name: str
    email: str
    left_out: tuple[str, ...] = ()
    """Of files that came along and are not kept: a sentence each."""


@transaction.atomic
def register_from_outside(
    actor: Actor, *, partner_id: int, claim: NewRegistration, submitter: Submitter, token: str, at: datetime
) -> DealRegistration:
    """Register a deal for a partner and have the receipt mailed; a repeat with the same token does neither again.

    Works in the partner's scope. Raises what `submit_once` raises.
    """
    made = submit_once(actor, partner_id=partner_id, claim=claim, at=at, token=token)
    _known, is_new = OutsideSubmitter.objects.get_or_create(
        registration=made,
        defaults={
            "workspace_id": current_workspace_id(),
            "partner_id": partner_id,
            "way": submitter.way,
            "name": submitter.name,
            "email": submitter.email,
            "left_out": list(submitter.left_out),
        },
    )
    if is_new:
        app.configure_task(MAIL_RECEIPT).defer(workspace_id=current_workspace_id(), registration_id=made.pk)
    return made


def mail_receipt(*, registration_id: int, at: datetime) -> None:
    """Send the receipt of a registration to who made it, once. Raises `MailRefused`, and is tried again then."""
    refused = ""
    with transaction.atomic():
        waiting = OutsideSubmitter.objects.select_for_update(of=("self",)).select_related("registration", "partner")
        submitter = waiting.filter(registration_id=registration_id, receipt_sent_at__isnull=True).first()
        if submitter is None or not submitter.email:
            return
        try:
            message_of(_letter(submitter), to=submitter.email, key=f"receipt-{registration_id}").send()
        except (OSError, SMTPException) as error:
            refused = f"{type(error).__name__}: {error}"
        else:
            submitter.receipt_sent_at = at
            submitter.save(update_fields=["receipt_sent_at"])
    if refused:
        raise MailRefused(refused)


def _letter(submitter: OutsideSubmitter) -> Letter:
    """Write the receipt. It holds what was entered and the proof, not the answer: that is for the partner's people."""
    made = submitter.registration
    workspace = Workspace.objects.get(pk=made.workspace_id)
    receipt = receipt_of(made)
    zone = ZoneInfo(workspace.time_zone)
    with translation.override(workspace.language or settings.LANGUAGE_CODE), timezone.override(zone):
        names = {"company": made.company, "reference": made.reference, "partner": submitter.partner.name}
        facts = (
            (_("Reference"), made.reference),
            (_("Received"), f"{formats.moment(made.submitted_at)} ({receipt.received_at:%Y-%m-%d %H:%M:%S} UTC)"),
            (_("Company"), f"{made.company} {made.website}".strip()),
            (_("Contact"), made.contact_name or made.contact_email),
            (_("Annual value"), formats.money_trimmed(made.value_minor, made.currency)),
            (_("Files"), ", ".join(_files(made))),
            (_("Proof"), receipt.proof),
        )
        return Letter(
            subject=_("Receipt %(reference)s: %(company)s") % names,
            organisation=workspace.name,
            title=_("%(company)s is registered for %(partner)s") % names,
            lead=_("This is the receipt. The answer goes to the people of %(partner)s, who see the deal.") % names,
            parts=(Part(tuple(Line(f"{label}: {value}") for label, value in facts if value)), *_left_out(submitter)),
            button=Button(_("See the receipt"), outside_receipt_url(made)),
            further=(Button(_("Verify it"), receipt.verify_url),),
            why=_("You get this because this address was given when the deal was registered."),
        )


def _files(made: DealRegistration) -> list[str]:
    return list(made.files.order_by("pk").values_list("file__name", flat=True))


def _left_out(submitter: OutsideSubmitter) -> tuple[Part, ...]:
    """Say which files were not kept and why, if any came along."""
    lines = tuple(Line(sentence) for sentence in submitter.left_out)
    return (Part(lines, heading=_("These files were not kept")),) if lines else ()
