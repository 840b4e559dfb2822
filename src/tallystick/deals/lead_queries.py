"""Reads on leads for screens and other modules; each takes a fixed number of queries.

In a partner's scope row-level security leaves its own leads and offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, TextChoices
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.deals.rules.lead_ranking import Ranked, rank_partners
from tallystick.deals.services.leads.candidates import candidates_for, needs_of
from tallystick.deals.services.leads.policies import current_lead_policy

MOST_DEALS: Final = 20
"""Opportunities that are offered where somebody says which one a lead became."""


class LeadView(TextChoices):
    """The views of the vendor's list."""

    ALL = "all", _("All leads")
    TO_ANSWER = "to-answer", _("To answer")
    LOOKING = "looking", _("Looking for a partner")
    IN_WORK = "in-work", _("In work")
    MINE = "mine", _("Mine")
    CONVERTED = "converted", _("Converted")
    DECLINED = "declined", _("Declined")


def _condition(view: LeadView, *, person_id: int) -> Q:
    match view:
        case LeadView.ALL:
            return Q()
        case LeadView.TO_ANSWER:
            return Q(state=LeadState.NEW, direction=LeadDirection.TO_VENDOR)
        case LeadView.LOOKING:
            return Q(state=LeadState.NEW, direction=LeadDirection.TO_PARTNER)
        case LeadView.IN_WORK:
            return Q(state__in=[LeadState.ACCEPTED, LeadState.QUALIFIED])
        case LeadView.MINE:
            return Q(owner_id=person_id)
        case LeadView.CONVERTED:
            return Q(state=LeadState.CONVERTED)
        case LeadView.DECLINED:
            return Q(state=LeadState.DECLINED)


def leads_in_view(view: LeadView, *, person_id: int) -> QuerySet[Lead]:
    """Return the leads of a view; `asked_partner` and `asked_until` are who is being asked, and until when."""
    asked = LeadOffer.objects.filter(lead=OuterRef("pk"), state=LeadOfferState.OPEN)
    return (
        Lead.objects.filter(_condition(view, person_id=person_id))
        .select_related("partner", "owner")
        .annotate(
            asked_partner=Subquery(asked.values("partner__name")[:1]),
            asked_type=Subquery(asked.values("partner__type")[:1]),
            asked_until=Subquery(asked.values("due_at")[:1]),
        )
    )


def lead_view_counts(*, person_id: int) -> Mapping[LeadView, int]:
    """Return how many leads each view holds. One query."""
    counts = {
        view.name: Count("pk", filter=_condition(view, person_id=person_id))
        if view is not LeadView.ALL
        else Count("pk")
        for view in LeadView
    }
    found = Lead.objects.aggregate(**counts)
    return {view: found[view.name] for view in LeadView}


def lead_offers(lead: Lead) -> list[LeadOffer]:
    """Return the offers of a lead, the latest first. Vendor side."""
    return list(LeadOffer.objects.filter(lead=lead).select_related("partner").order_by("-offered_at", "-pk"))


def ranking_now(lead: Lead, *, at: datetime) -> tuple[str, tuple[Ranked, ...]]:
    """Rank partners for a lead as things stand, without asking anybody: the policy's name and the ranking."""
    known = current_lead_policy()
    return known.reference, rank_partners(needs_of(lead), candidates_for(lead, known.policy, at=at), known.policy)


def deals_a_lead_became(lead: Lead) -> Sequence[Opportunity]:
    """Return the opportunities a lead may have become: those of its account, open ones first, the latest first."""
    if lead.account_id is None:
        return []
    rows = Opportunity.objects.filter(account_id=lead.account_id)
    found = sorted(
        rows.order_by("-opened_on", "-pk")[: 10 * MOST_DEALS], key=lambda row: row.status != OpportunityStatus.OPEN
    )
    return found[:MOST_DEALS]


def open_offers(*, partner_id: int) -> list[LeadOffer]:
    """Return the leads a partner is being asked about, the most pressing first."""
    rows = LeadOffer.objects.filter(partner_id=partner_id, state=LeadOfferState.OPEN)
    return list(rows.order_by("due_at", "pk"))


def latest_offer(*, partner_id: int, reference: str) -> LeadOffer | None:
    """Return the last offer of a lead to a partner."""
    rows = LeadOffer.objects.filter(partner_id=partner_id, reference=reference)
    return rows.order_by("-offered_at", "-pk").first()
