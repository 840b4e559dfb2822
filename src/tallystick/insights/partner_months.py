"""One partner's figures month by month, for its page: what its curves show adds up to the figure beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Max, Sum
from django.db.models.functions import Coalesce, TruncMonth

from tallystick.attribution.models import CreditRole, Touch
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import day_rates
from tallystick.deals.models import DealRegistration
from tallystick.insights.deals import NEW_BUSINESS, Deals, classified_deals
from tallystick.insights.partner_figures import YEAR_DAYS, PartnerFigures
from tallystick.insights.rules.spans import days_back
from tallystick.kernel.periods import Month
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

SOURCED: Final = "sourced"
INFLUENCED: Final = "influenced"
WON: Final = "won"


@dataclass(frozen=True, slots=True)
class PartnerMonths:
    """Twelve months and the one that runs, oldest first, in minor units of the workspace's currency.

    The first month holds its days within the year only, so that each row adds up to the figure of the year.
    """

    sourced: tuple[int, ...]
    influenced: tuple[int, ...]
    won: tuple[int, ...]
    last_active_on: date | None

    @property
    def figures(self) -> PartnerFigures:
        """Return the figures of the year."""
        return PartnerFigures(sum(self.sourced), sum(self.influenced), sum(self.won), self.last_active_on)


def partner_months(partner_id: int, *, on: date) -> PartnerMonths:
    """Return a partner's figures of the last twelve months. Nine queries, however many deals there are."""
    last_touch = Touch.objects.filter(partner_id=partner_id).aggregate(last=Max("happened_on"))["last"]
    claims = DealRegistration.objects.filter(partner_id=partner_id)
    last_claim = claims.aggregate(last=Max("submitted_at__date"))["last"]
    known = [day for day in (last_touch, last_claim) if day is not None]
    return PartnerMonths(
        sourced=_by_month(SOURCED, partner_id, on),
        influenced=_by_month(INFLUENCED, partner_id, on),
        won=_by_month(WON, partner_id, on),
        last_active_on=max(known, default=None),
    )


def deals_behind(figure: str, partner_id: int, *, on: date) -> Deals:
    """Return the deals a figure of the partner is the sum of, the largest first."""
    return _deals(figure, partner_id, on).select_related("account").order_by(Coalesce("amount", 0).desc(), "pk")


def _by_month(figure: str, partner_id: int, on: date) -> tuple[int, ...]:
    day = "close_on" if figure == WON else "opened_on"
    rows = _deals(figure, partner_id, on).annotate(month=TruncMonth(day)).values_list("month")
    sums = {month: int(amount or 0) for month, amount in rows.annotate(sum=Sum("amount")).order_by("month")}
    last = Month.containing(on)
    return tuple(sums.get(last.plus(-back).first_day, 0) for back in range(12, -1, -1))


def _deals(figure: str, partner_id: int, on: date) -> Deals:
    year = days_back(on, YEAR_DAYS)
    days = (year.first_day, year.last_day)
    workspace = Workspace.objects.get(pk=current_workspace_id())
    deals = classified_deals(rates=day_rates(on), currency=workspace.currency).filter(kind__in=NEW_BUSINESS)
    if figure == INFLUENCED:
        return deals.filter(
            opened_on__range=days,
            credits__is_current=True,
            credits__role=CreditRole.INFLUENCE,
            credits__partner_id=partner_id,
        )
    deals = deals.filter(source_id=partner_id)
    if figure == WON:
        return deals.filter(status=OpportunityStatus.WON, close_on__range=days)
    return deals.filter(opened_on__range=days)
