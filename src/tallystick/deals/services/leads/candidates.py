"""What is known of the partners a lead could go to, as the ranking takes it. A fixed number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from tallystick.deals.models import (
    DealRegistration,
    Lead,
    LeadDirection,
    LeadOffer,
    LeadOfferState,
    LeadState,
    RegistrationState,
)
from tallystick.deals.rules.lead_policy import LeadPolicy
from tallystick.deals.rules.lead_ranking import Candidate, LeadNeeds
from tallystick.partners.models import Lifecycle, Partner
from tallystick.partners.standing import standings
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

CARRIED = (LeadState.ACCEPTED, LeadState.QUALIFIED)
"""States in which a lead of ours is work for its partner."""


def needs_of(lead: Lead) -> LeadNeeds:
    """Return what a lead asks of the partner it goes to."""
    return LeadNeeds(
        country=lead.country.upper(), partner_type=lead.wanted_type, certificate=lead.wanted_certificate.strip()
    )


def candidates_for(lead: Lead, policy: LeadPolicy, *, at: datetime) -> list[Candidate]:
    """Return every active partner with what is known of it on the day of `at`, in the workspace's zone. Eight queries.

    A partner without a territory may sell everywhere, so its territory is not known to be one country or another.
    """
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    carried, history, closed = open_leads(), _history(), _closed_registrations()
    territories, certificates = standings(on=at.astimezone(zone).date())
    before = set(LeadOffer.objects.filter(lead=lead).values_list("partner_id", flat=True))
    return [
        Candidate(
            partner_id=partner.pk,
            name=partner.name,
            type=partner.type,
            tier=partner.tier,
            country=partner.country,
            territories=territories.get(partner.pk),
            certificates=certificates.get(partner.pk, frozenset()) if certificates else None,
            open_leads=carried.get(partner.pk, 0),
            limit=policy.most_open.get(partner.tier, 0),
            asked=history.get(partner.pk, (0, 0))[0],
            accepted=history.get(partner.pk, (0, 0))[1],
            closed=closed.get(partner.pk, (0, 0))[0],
            won=closed.get(partner.pk, (0, 0))[1],
            was_asked_before=partner.pk in before,
        )
        for partner in Partner.objects.filter(lifecycle=Lifecycle.ACTIVE).order_by("pk")
    ]


def open_leads() -> Mapping[int, int]:
    """Return how many leads of ours each partner has on its hands, those it is being asked about included."""
    carried = Lead.objects.filter(direction=LeadDirection.TO_PARTNER, state__in=CARRIED)
    asked = LeadOffer.objects.filter(state=LeadOfferState.OPEN)
    return Counter(_by_partner(carried)) + Counter(_by_partner(asked))


def _by_partner(rows: QuerySet[Lead] | QuerySet[LeadOffer]) -> dict[int, int]:
    counted = rows.order_by("partner_id").values_list("partner_id").annotate(n=Count("pk"))
    return {partner_id: n for partner_id, n in counted if partner_id is not None}


def _history() -> dict[int, tuple[int, int]]:
    """Return how many leads each partner was asked about and answered or let lapse, and how many it accepted."""
    answered = LeadOffer.objects.filter(
        state__in=[LeadOfferState.ACCEPTED, LeadOfferState.DECLINED, LeadOfferState.LAPSED]
    )
    rows = (
        answered.order_by("partner_id")
        .values_list("partner_id")
        .annotate(asked=Count("pk"), accepted=Count("pk", filter=Q(state=LeadOfferState.ACCEPTED)))
    )
    return {partner_id: (asked, accepted) for partner_id, asked, accepted in rows}


def _closed_registrations() -> dict[int, tuple[int, int]]:
    """Return how many registrations of each partner closed, and how many were won."""
    rows = (
        DealRegistration.objects.filter(state__in=[RegistrationState.WON, RegistrationState.LOST])
        .order_by("partner_id")
        .values_list("partner_id")
        .annotate(closed=Count("pk"), won=Count("pk", filter=Q(state=RegistrationState.WON)))
    )
    return {partner_id: (closed, won) for partner_id, closed, won in rows}
