"""What each partner brought, for the directory and a partner's page. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, Sum

from tallystick.attribution.models import CreditRole, Touch
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import day_rates
from tallystick.deals.models import DealRegistration
from tallystick.insights.deals import NEW_BUSINESS, classified_deals
from tallystick.insights.rules.spans import Span, days_back
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

YEAR_DAYS = 365
NOTHING = (0, 0)


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


def partner_figures(*, on: date) -> Mapping[int, PartnerFigures]:
    """Return the figures of every partner that has any. Six queries."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    deals = classified_deals(rates=day_rates(on), currency=workspace.currency).filter(kind__in=NEW_BUSINESS)
    year = days_back(on, YEAR_DAYS)
    opened, closed = Q(opened_on__range=_days(year)), Q(status=OpportunityStatus.WON, close_on__range=_days(year))
    sourced = {
        partner_id: (int(amount or 0), int(won or 0))
        for partner_id, amount, won in deals.filter(source_id__isnull=False)
        .values_list("source_id")
        .annotate(opened=Sum("amount", filter=opened), won=Sum("amount", filter=closed))
        .order_by("source_id")
    }
    influenced = {
        partner_id: int(amount or 0)
        for partner_id, amount in deals.filter(opened, credits__is_current=True, credits__role=CreditRole.INFLUENCE)
        .values_list("credits__partner_id")
        .annotate(opened=Sum("amount"))
        .order_by("credits__partner_id")
    }
    active = _last_active()
    return {
        partner_id: PartnerFigures(
            sourced=sourced.get(partner_id, NOTHING)[0],
            influenced=influenced.get(partner_id, 0),
            won=sourced.get(partner_id, NOTHING)[1],
            last_active_on=active.get(partner_id),
        )
        for partner_id in sourced.keys() | influenced.keys() | active.keys()
    }


def _last_active() -> dict[int, date]:
    found: dict[int, date] = {}
    touches = Touch.objects.order_by("partner_id").values_list("partner_id").annotate(last=Max("happened_on"))
    registrations = DealRegistration.objects.order_by("partner_id").values_list("partner_id")
    claims = registrations.annotate(last=Max("submitted_at__date"))
    for partner_id, last in [*touches, *claims]:
        found[partner_id] = max(last, found.get(partner_id, last))
    return found


def _days(span: Span) -> tuple[date, date]:
    return span.first_day, span.last_day
