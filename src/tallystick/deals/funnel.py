"""How far a partner's registrations came: submitted, approved, an opportunity of the CRM, won.

Each step holds those of the next, so a funnel of their counts never widens. Approved is what was given a protection,
whatever became of it; won is an approved registration whose opportunity was won.
"""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from tallystick.crm.models import OpportunityStatus
from tallystick.deals.models import DealRegistration


class Reached(StrEnum):
    """A step of the way, in order."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    OPPORTUNITY = "opportunity"
    WON = "won"


def _conditions() -> dict[Reached, Q]:
    approved = Q(protected_until__isnull=False)
    opportunity = approved & Q(opportunity__isnull=False)
    return {
        Reached.SUBMITTED: Q(pk__isnull=False),
        Reached.APPROVED: approved,
        Reached.OPPORTUNITY: opportunity,
        Reached.WON: opportunity & Q(opportunity__status=OpportunityStatus.WON),
    }


def registrations_that_reached(step: Reached, *, partner_id: int) -> QuerySet[DealRegistration]:
    """Return a partner's registrations that came as far as the step, the latest first."""
    found = DealRegistration.objects.filter(_conditions()[step], partner_id=partner_id)
    return found.select_related("opportunity").order_by("-submitted_at", "-pk")


def registration_funnel(partner_id: int) -> dict[Reached, int]:
    """Return how many of a partner's registrations came as far as each step. One query."""
    counts = {f"as_far_as_{step.value}": Count("pk", filter=condition) for step, condition in _conditions().items()}
    found = DealRegistration.objects.filter(partner_id=partner_id).aggregate(**counts)
    return {step: found[f"as_far_as_{step.value}"] for step in Reached}
