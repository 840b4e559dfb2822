"""Moves leads on: accepted, declined with a reason, qualified, converted to what they became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.crm.models import Opportunity
from tallystick.deals.models import DealRegistration, Lead, LeadDirection, LeadOffer, LeadOfferState, RegistrationState
from tallystick.deals.rules.lead_states import LeadEvent, LeadMoveRefused
from tallystick.deals.services.leads.holding import LeadReasonMissing, held_lead, move_lead, record_lead
from tallystick.deals.services.submitting import NewRegistration, submit_registration
from tallystick.kernel.money import Money
from tallystick.platform.actors import Actor


class AnotherAccountsDeal(ValueError):
    """The opportunity belongs to another account than the lead."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A lead with the registration that was made of it; `answer` is what the registration was answered at once.

    Where a rule declined the registration, the lead stays what it was.
    """

    lead: Lead
    registration: DealRegistration
    answer: str


@transaction.atomic
def accept_lead(actor: Actor, *, lead_id: int, at: datetime) -> Lead:
    """Accept a company that a partner introduced. Raises `Lead.DoesNotExist` and `LeadMoveRefused`."""
    with held_lead(lead_id) as lead:
        if lead.direction != LeadDirection.TO_VENDOR:
            raise LeadMoveRefused("The lead is ours: a partner accepts it.")
        move_lead(lead, LeadEvent.ACCEPT)
        lead.answered_at, lead.answered_by_label = at, actor.label
        lead.save(update_fields=["state", "answered_at", "answered_by_label"])
        record_lead(actor, lead, verb="lead_accepted", words="was accepted", partner_id=lead.partner_id, at=at)
        return lead


@transaction.atomic
def decline_lead(actor: Actor, *, lead_id: int, reason: str, at: datetime) -> Lead:
    """Decline a lead, or end one that came to nothing; `reason` is in words the other side reads.

    A partner that is being asked about it is asked no longer. Raises `LeadReasonMissing`, `Lead.DoesNotExist` and
    `LeadMoveRefused`.
    """
    if not reason.strip():
        raise LeadReasonMissing("Say why: a lead is never declined without a reason.")
    with held_lead(lead_id) as lead:
        move_lead(lead, LeadEvent.DECLINE)
        lead.declined_at, lead.reason, lead.returned_at = at, reason.strip(), None
        if lead.answered_at is None:
            lead.answered_at, lead.answered_by_label = at, actor.label
        lead.save(update_fields=["state", "declined_at", "reason", "returned_at", "answered_at", "answered_by_label"])
        asked = LeadOffer.objects.filter(lead=lead, state=LeadOfferState.OPEN).values_list("partner_id", flat=True)
        told = next(iter(asked), lead.partner_id)
        LeadOffer.objects.filter(lead=lead, state=LeadOfferState.OPEN).update(
            state=LeadOfferState.WITHDRAWN, answered_at=at, answered_by_label=actor.label
        )
        record_lead(
            actor,
            lead,
            verb="lead_declined",
            words="was declined",
            partner_id=told,
            data={"reason": lead.reason},
            at=at,
        )
        return lead


@transaction.atomic
def qualify_lead(actor: Actor, *, lead_id: int, at: datetime) -> Lead:
    """Note that a lead is worth a deal. Raises `Lead.DoesNotExist` and `LeadMoveRefused`."""
    with held_lead(lead_id) as lead:
        move_lead(lead, LeadEvent.QUALIFY)
        lead.qualified_at = at
        lead.save(update_fields=["state", "qualified_at"])
        record_lead(actor, lead, verb="lead_qualified", words="was qualified", partner_id=lead.partner_id, at=at)
        return lead


@transaction.atomic
def convert_lead(actor: Actor, *, lead_id: int, opportunity_id: int, at: datetime) -> Lead:
    """Tie a lead to the CRM opportunity it became.

    Raises `AnotherAccountsDeal`, `Opportunity.DoesNotExist`, `Lead.DoesNotExist` and `LeadMoveRefused`.
    """
    with held_lead(lead_id) as lead:
        opportunity = Opportunity.objects.get(pk=opportunity_id)
        if lead.account_id is not None and opportunity.account_id != lead.account_id:
            raise AnotherAccountsDeal(f"{opportunity.name} belongs to another account than {lead.reference}.")
        move_lead(lead, LeadEvent.CONVERT)
        lead.opportunity, lead.account_id, lead.converted_at = opportunity, opportunity.account_id, at
        lead.save(update_fields=["state", "opportunity", "account", "converted_at"])
        record_lead(
            actor,
            lead,
            verb="lead_converted",
            words=f"became the opportunity {opportunity.name}",
            partner_id=lead.partner_id,
            data={"opportunity": opportunity.pk},
            at=at,
        )
        return lead


@transaction.atomic
def register_lead(actor: Actor, *, lead_id: int, value: Money, at: datetime, entropy: bytes) -> Converted:
    """Make a deal registration of a lead for its partner, in one step: everything known of it goes along.

    `entropy` is what `submit_registration` takes. Raises `Lead.DoesNotExist` and `LeadMoveRefused`.
    """
    with held_lead(lead_id) as lead:
        before = lead.state
        move_lead(lead, LeadEvent.CONVERT)
        assert lead.partner_id is not None  # noqa: S101 - a constraint: whoever accepted it stands there
        claim = NewRegistration(
            company=lead.company,
            website=lead.website,
            country=lead.country,
            contact_name=lead.contact_name,
            contact_email=lead.contact_email,
            value=value,
            note="\n\n".join(part for part in (f"From lead {lead.reference}.", lead.need) if part),
        )
        receipt = submit_registration(actor, partner_id=lead.partner_id, claim=claim, at=at, entropy=entropy)
        made = receipt.registration
        if made.state == RegistrationState.DECLINED:
            lead.state = before
            return Converted(lead, made, receipt.answer.sentence)
        lead.registration, lead.converted_at = made, at
        lead.save(update_fields=["state", "registration", "converted_at"])
        record_lead(
            actor,
            lead,
            verb="lead_converted",
            words=f"became the registration {made.reference}",
            partner_id=lead.partner_id,
            data={"registration": made.reference},
            at=at,
        )
        return Converted(lead, made, receipt.answer.sentence)
