"""What the buttons of mails about leads do: answer an introduction, or a lead that is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.deals.services.leads import accept_offer, decline_lead, decline_offer
from tallystick.flows.leads import accept_lead
from tallystick.flows.notifications.rules import Side
from tallystick.platform import formats
from tallystick.platform.access import Permission
from tallystick.platform.actors import Actor
from tallystick.platform.models import MailAction

ACCEPT_LEAD, DECLINE_LEAD = "accept_lead", "decline_lead"
ACCEPT_OFFER, DECLINE_OFFER = "accept_lead_offer", "decline_lead_offer"
OFFER: Final = "lead_offer"
"""What a button about an offer acts on; one about an introduction acts on the lead."""
LEAD_ACTIONS: Final[Mapping[tuple[Side, str], Permission]] = {
    (Side.VENDOR, ACCEPT_LEAD): Permission.MANAGE_LEADS,
    (Side.VENDOR, DECLINE_LEAD): Permission.MANAGE_LEADS,
    (Side.PARTNER, ACCEPT_OFFER): Permission.INTRODUCE_LEADS,
    (Side.PARTNER, DECLINE_OFFER): Permission.INTRODUCE_LEADS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadInMail:
    """What a button is about, as its person may know it: an introduction, or an offer without its contact.

    `over` says in words why it can be answered no longer.
    """

    id: int
    reference: str
    company: str
    partner: str
    about: str
    over: str = ""


def lead_buttons(side: Side, *, lead_id: int, partner_id: int | None, at: datetime) -> list[tuple[str, str, str, int]]:
    """Return what can be done from a mail about a lead now: action, words, and the kind and id of what it acts on."""
    if side is Side.VENDOR:
        waiting = Lead.objects.filter(pk=lead_id, state=LeadState.NEW, direction=LeadDirection.TO_VENDOR)
        if not waiting.exists():
            return []
        return [
            (ACCEPT_LEAD, _("Accept"), "lead", lead_id),
            (DECLINE_LEAD, _("Decline with a reason"), "lead", lead_id),
        ]
    own = LeadOffer.objects.filter(lead_id=lead_id, state=LeadOfferState.OPEN, due_at__gt=at)
    offered = own.filter(partner_id=partner_id).first() if partner_id is not None else None
    if offered is None:
        return []
    return [
        (ACCEPT_OFFER, _("Accept"), OFFER, offered.pk),
        (DECLINE_OFFER, _("Decline with a reason"), OFFER, offered.pk),
    ]


def lead_in_mail(row: MailAction, *, at: datetime) -> LeadInMail | None:
    """Return what the button of a mail is about; nothing where it does not exist for its person."""
    if row.subject_kind == OFFER:
        offer = LeadOffer.objects.filter(pk=row.subject_id).select_related("partner").first()
        return None if offer is None else _offer(offer, at=at)
    lead = Lead.objects.filter(pk=row.subject_id).select_related("partner").first()
    return None if lead is None else _introduction(lead)


def answer_lead(actor: Actor, row: MailAction, *, words: str, at: datetime) -> None:
    """Do what the button is for. Raises `LeadMoveRefused` and `OfferGone`."""
    match row.action:
        case str(action) if action == ACCEPT_LEAD:
            accept_lead(actor, lead_id=row.subject_id, at=at)
        case str(action) if action == DECLINE_LEAD:
            decline_lead(actor, lead_id=row.subject_id, reason=words, at=at)
        case str(action) if action == ACCEPT_OFFER:
            accept_offer(actor, offer_id=row.subject_id, at=at)
        case _:
            decline_offer(actor, offer_id=row.subject_id, reason=words, at=at)


def heading_of(row: MailAction, lead: LeadInMail) -> tuple[str, str, str]:
    """Return the heading of the page that asks once more, its button, and what its words are: "" for none."""
    values = {"company": lead.company, "partner": lead.partner}
    if row.action in {ACCEPT_LEAD, ACCEPT_OFFER}:
        return _("Accept %(company)s") % values, _("Accept lead"), ""
    label = _("Reason, as the partner reads it") if row.action == DECLINE_LEAD else _("Reason")
    return _("Decline %(company)s") % values, _("Decline lead"), label


def _introduction(lead: Lead) -> LeadInMail:
    partner = lead.partner.name if lead.partner else ""
    return LeadInMail(
        id=lead.pk,
        reference=lead.reference,
        company=lead.company,
        partner=partner,
        about=_("%(reference)s, introduced by %(partner)s.") % {"reference": lead.reference, "partner": partner},
        over="" if lead.state == LeadState.NEW else str(lead.get_state_display()),
    )


def _offer(offer: LeadOffer, *, at: datetime) -> LeadInMail:
    over = "" if offer.state == LeadOfferState.OPEN else str(offer.get_state_display())
    if not over and offer.due_at <= at:
        over = _("The time to answer is over")
    about = _("%(reference)s, offered to you until %(due)s.") % {
        "reference": offer.reference,
        "due": formats.moment(offer.due_at),
    }
    return LeadInMail(
        id=offer.pk,
        reference=offer.reference,
        company=offer.company,
        partner=offer.partner.name,
        about=about,
        over=over,
    )
