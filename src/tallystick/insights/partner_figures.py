"""What each partner brought, for the directory and a partner's page. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from tallystick.attribution.models import Touch
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import day_rates
from tallystick.deals.models import DealRegistration
from tallystick.insights.day_sums import DaySums
from tallystick.insights.models import DayMeasure
from tallystick.insights.rules.spans import days_back
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class PartnerFigures:
    """One partner's deals opened or won in the last twelve months, in minor units of the workspace's currency.

    `sourced` and `influenced` are new pipeline and never added; `won` is what it sourced and was won.
    `last_active_on` is the latest touch or registration, ever.
    """

    sourced: int = 0
    influenced: int = 0
    won: int = 0
    last_active_on: date | None = None


def partner_figures(*, on: date, partner_ids: Collection[int] | None = None) -> Mapping[int, PartnerFigures]:
    """Return the figures of every partner that has any, or of these. At most fourteen queries."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    sums, year = DaySums(workspace.currency, day_rates(on)), days_back(on, YEAR_DAYS)

    def by_partner(measure: DayMeasure, where: Mapping[str, str] | None = None) -> dict[int, int]:
        found = sums.sums(measure, year, by=("partner_id",), of_partners=True, partner_ids=partner_ids, where=where)
        return {partner_id: of_partner.amount for (partner_id,), of_partner in found.items()}

    sourced, influenced = by_partner(DayMeasure.OPENED), by_partner(DayMeasure.INFLUENCED)
    won = by_partner(DayMeasure.CLOSED, {"status": OpportunityStatus.WON.value})
    active = _last_active(partner_ids)
    return {
        partner_id: PartnerFigures(
            sourced=sourced.get(partner_id, 0),
            influenced=influenced.get(partner_id, 0),
            won=won.get(partner_id, 0),
            last_active_on=active.get(partner_id),
        )
        for partner_id in sourced.keys() | influenced.keys() | won.keys() | active.keys()
    }


def _last_active(partner_ids: Collection[int] | None) -> dict[int, date]:
    found: dict[int, date] = {}
    touches, claims = Touch.objects.all(), DealRegistration.objects.all()
    if partner_ids is not None:
        touches = touches.filter(partner_id__in=list(partner_ids))
        claims = claims.filter(partner_id__in=list(partner_ids))
    touched = touches.order_by("partner_id").values_list("partner_id").annotate(last=Max("happened_on"))
    claimed = claims.order_by("partner_id").values_list("partner_id").annotate(last=Max("submitted_at__date"))
    for partner_id, last in [*touched, *claimed]:
        found[partner_id] = max(last, found.get(partner_id, last))
    return found
