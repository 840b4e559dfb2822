"""Passes a lead of ours to partners: ranks them, asks one at a time, and asks the next when that one will not.

Whoever asks takes the workspace's turn first, then the lead's row: two leads never take one partner's last place.
Whether a partner accepted in time is decided by one conditional update.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadRanking, LeadState
from tallystick.deals.rules.lead_ranking import Ranked, best_of, rank_partners
from tallystick.deals.rules.lead_states import LeadEvent, LeadMoveRefused
from tallystick.deals.services.leads.candidates import candidates_for, needs_of
from tallystick.deals.services.leads.holding import LeadReasonMissing, held_lead, move_lead, record_lead
from tallystick.deals.services.leads.policies import PublishedLeadPolicy, current_lead_policy
from tallystick.deals.services.terms import calendar_for
from tallystick.partners.models import Lifecycle, Partner
from tallystick.platform.actors import Actor
from tallystick.platform.tenancy import current_scope, current_workspace_id, vendor_side

Entry = Callable[[], object]
"""Writes one entry of the activity stream: the chain is locked from the first on, so they are written last."""

_GONE: Final = {
    LeadOfferState.ACCEPTED: "The lead is accepted already.",
    LeadOfferState.DECLINED: "The lead was declined already.",
    LeadOfferState.WITHDRAWN: "The lead was taken back.",
}


class OfferGone(ValueError):
    """The offer can no longer be answered; the message says why."""


class CannotAsk(ValueError):
    """The partner cannot be asked about the lead; the message says why."""


@transaction.atomic
def offer_lead(actor: Actor, *, lead_id: int, at: datetime) -> LeadOffer | None:
    """Ask the partner that fits best, or return nothing where nobody is left: then the lead waits for its owner.

    A lead somebody is being asked about stays as it is. Raises `Lead.DoesNotExist` and `LeadMoveRefused`.
    """
    _take_turn()
    with held_lead(lead_id) as lead:
        _require_ours(lead)
        open_offer = LeadOffer.objects.filter(lead=lead, state=LeadOfferState.OPEN).first()
        if open_offer is not None:
            return open_offer
        offer, entry = _ask_best(actor, lead, at=at)
        entry()
        return offer


@transaction.atomic
def offer_lead_to(actor: Actor, *, lead_id: int, partner_id: int, reason: str, at: datetime) -> LeadOffer:
    """Ask a partner that somebody chose, whatever its rank; the reason is kept. Whoever was being asked is no longer.

    Raises `LeadReasonMissing`, `CannotAsk`, `Partner.DoesNotExist`, `Lead.DoesNotExist` and `LeadMoveRefused`.
    """
    if not reason.strip():
        raise LeadReasonMissing("Say why this partner: it is kept with the lead.")
    _take_turn()
    with held_lead(lead_id) as lead:
        _require_ours(lead)
        partner = Partner.objects.get(pk=partner_id)
        if partner.lifecycle != Lifecycle.ACTIVE:
            raise CannotAsk(f"{partner.name} is not active.")
        asked = LeadOffer.objects.filter(lead=lead, state=LeadOfferState.OPEN)
        if asked.filter(partner=partner).exists():
            raise CannotAsk(f"{partner.name} is being asked already.")
        before = list(asked.values_list("partner_id", flat=True))
        asked.update(state=LeadOfferState.WITHDRAWN, answered_at=at, answered_by_label=actor.label)
        known = current_lead_policy()
        ranked = _rank(lead, known, at=at)
        offer = _offer(actor, lead, partner, known, ranked, reason=reason.strip(), at=at)
        for withdrawn_from in before:
            record_lead(
                actor, lead, verb="lead_offer_withdrawn", words="was taken back", partner_id=withdrawn_from, at=at
            )
        _record_offer(actor, lead, offer, partner, at=at)
        return offer


@transaction.atomic
def accept_offer(actor: Actor, *, offer_id: int, at: datetime) -> Lead:
    """Accept a lead that is offered; from now on its contact can be read.

    Works in the partner's scope. Raises `LeadOffer.DoesNotExist`, also for another partner's, and `OfferGone`.
    """
    with _own_offer(offer_id) as offer, held_lead(offer.lead_id) as lead:
        _answer(offer, LeadOfferState.ACCEPTED, actor, at=at)
        move_lead(lead, LeadEvent.ACCEPT)
        lead.partner_id, lead.returned_at = offer.partner_id, None
        lead.answered_at, lead.answered_by_label = at, actor.label
        lead.save(update_fields=["state", "partner", "returned_at", "answered_at", "answered_by_label"])
        record_lead(
            actor,
            lead,
            verb="lead_accepted",
            words=f"was accepted by {offer.partner.name}",
            partner_id=offer.partner_id,
            at=at,
        )
        return lead


@transaction.atomic
def decline_offer(actor: Actor, *, offer_id: int, reason: str, at: datetime) -> LeadOffer:
    """Decline a lead that is offered, with a reason; the next partner is asked at once.

    Works in the partner's scope. Raises `LeadReasonMissing`, `LeadOffer.DoesNotExist` and `OfferGone`.
    """
    if not reason.strip():
        raise LeadReasonMissing("Say why: it helps us to ask you about the right ones.")
    _take_turn()
    with _own_offer(offer_id) as offer, held_lead(offer.lead_id) as lead:
        _answer(offer, LeadOfferState.DECLINED, actor, at=at, reason=reason.strip())
        _next, entry = _ask_best(actor, lead, at=at)
        record_lead(
            actor,
            lead,
            verb="lead_offer_declined",
            words=f"was declined by {offer.partner.name}",
            partner_id=offer.partner_id,
            data={"reason": reason.strip()},
            at=at,
        )
        entry()
        return LeadOffer.objects.get(pk=offer.pk)


def lapse_offers(actor: Actor, *, at: datetime) -> int:
    """End every offer whose time is over and ask the next partner; each in a transaction of its own.

    A repeat, or a second worker, finds nothing left to do. Returns how many offers ended.
    """
    due = LeadOffer.objects.filter(state=LeadOfferState.OPEN, due_at__lte=at)
    return sum(
        _lapse(actor, offer_id, at=at) for offer_id in list(due.order_by("due_at", "pk").values_list("pk", flat=True))
    )


@transaction.atomic
def _lapse(actor: Actor, offer_id: int, *, at: datetime) -> bool:
    _take_turn()
    offer = LeadOffer.objects.select_related("partner").get(pk=offer_id)
    with held_lead(offer.lead_id) as lead:
        over = LeadOffer.objects.filter(pk=offer_id, state=LeadOfferState.OPEN, due_at__lte=at)
        if not over.update(state=LeadOfferState.LAPSED, answered_at=at, answered_by_label=actor.label):
            return False
        _next, entry = _ask_best(actor, lead, at=at)
        record_lead(
            actor,
            lead,
            verb="lead_offer_lapsed",
            words=f"was not answered by {offer.partner.name}",
            partner_id=offer.partner_id,
            at=at,
        )
        entry()
        return True


def _ask_best(actor: Actor, lead: Lead, *, at: datetime) -> tuple[LeadOffer | None, Entry]:
    """Ask the partner that fits best; the entry that tells of it is for the caller to write, last of all."""
    known = current_lead_policy()
    ranked = _rank(lead, known, at=at)
    best = best_of(ranked)
    if best is None:
        lead.returned_at = at
        lead.save(update_fields=["returned_at"])
        _keep(actor, lead, known, ranked, chosen_id=None, at=at)
        return None, functools.partial(
            record_lead, actor, lead, verb="lead_returned", words="found no partner: nobody is left to ask", at=at
        )
    partner = Partner.objects.get(pk=best.candidate.partner_id)
    offer = _offer(actor, lead, partner, known, ranked, reason="", at=at)
    return offer, functools.partial(_record_offer, actor, lead, offer, partner, at=at)


def _rank(lead: Lead, known: PublishedLeadPolicy, *, at: datetime) -> tuple[Ranked, ...]:
    return rank_partners(needs_of(lead), candidates_for(lead, known.policy, at=at), known.policy)


def _offer(
    actor: Actor,
    lead: Lead,
    partner: Partner,
    known: PublishedLeadPolicy,
    ranked: tuple[Ranked, ...],
    *,
    reason: str,
    at: datetime,
) -> LeadOffer:
    lead.returned_at = None
    lead.save(update_fields=["returned_at"])
    _keep(actor, lead, known, ranked, chosen_id=partner.pk, reason=reason, at=at)
    return LeadOffer.objects.create(
        workspace_id=lead.workspace_id,
        lead=lead,
        partner=partner,
        reference=lead.reference,
        company=lead.company,
        country=lead.country,
        need=lead.need,
        offered_at=at,
        due_at=known.policy.offer_due(at, calendar=calendar_for(partner.country)),
    )


def _keep(
    actor: Actor,
    lead: Lead,
    known: PublishedLeadPolicy,
    ranked: tuple[Ranked, ...],
    *,
    chosen_id: int | None,
    at: datetime,
    reason: str = "",
) -> None:
    LeadRanking.objects.create(
        workspace_id=lead.workspace_id,
        lead=lead,
        chosen_id=chosen_id,
        policy=known.reference,
        document=[each.as_json() for each in ranked],
        by_hand=bool(reason),
        reason=reason,
        made_at=at,
        made_by_label=actor.label,
    )


def _record_offer(actor: Actor, lead: Lead, offer: LeadOffer, partner: Partner, *, at: datetime) -> None:
    record_lead(
        actor,
        lead,
        verb="lead_offered",
        words=f"was offered to {partner.name}",
        partner_id=partner.pk,
        data={"offer": offer.pk, "due_at": offer.due_at.isoformat()},
        at=at,
    )


def _answer(offer: LeadOffer, state: LeadOfferState, actor: Actor, *, at: datetime, reason: str = "") -> None:
    """Answer an offer while it can be: one statement decides, whoever else answers or lets it lapse meanwhile."""
    in_time = LeadOffer.objects.filter(pk=offer.pk, state=LeadOfferState.OPEN, due_at__gt=at)
    if not in_time.update(state=state, answered_at=at, answered_by_label=actor.label, reason=reason):
        found = LeadOfferState(LeadOffer.objects.values_list("state", flat=True).get(pk=offer.pk))
        raise OfferGone(_GONE.get(found, "The time to answer is over."))


@contextmanager
def _own_offer(offer_id: int) -> Iterator[LeadOffer]:
    """Find an offer and work on it with the vendor's rights; a partner finds only its own."""
    own = current_scope().partner_id
    with vendor_side():
        offer = LeadOffer.objects.select_related("partner").get(pk=offer_id)
        if own is not None and offer.partner_id != own:
            raise LeadOffer.DoesNotExist
        yield offer


def _require_ours(lead: Lead) -> None:
    if lead.direction != LeadDirection.TO_PARTNER:
        raise LeadMoveRefused("The lead came from a partner: it is passed to nobody else.")
    if lead.state != LeadState.NEW:
        raise LeadMoveRefused("The lead is not new any more: nobody else is asked.")


def _take_turn() -> None:
    """Wait for whoever else is asking partners in this workspace: open leads are counted when nobody adds one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('tallystick.lead_offers', %s))", [current_workspace_id()]
        )
