"""What the overview shows: the label, the key figures, the weekly mix, the ranking. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncWeek

from tallystick.attribution.models import CreditClass, CreditRole
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import day_rates
from tallystick.insights.catalogue import BY_ID, Asked, figure
from tallystick.insights.deals import NEW_BUSINESS, Deals, classified_deals
from tallystick.insights.rules.mix import FOUR_WEEKS, ClassAmounts, WeekMix, pooled, weekly_mix
from tallystick.insights.rules.partner_led import WEEKS_NEEDED, PartnerLedTest, partner_led_test
from tallystick.insights.rules.ranking import Rank, rank_partners
from tallystick.insights.rules.rates import WinRate
from tallystick.insights.rules.spans import PeriodKind, Span, days_back, last_complete_week, period_before, to_date
from tallystick.kernel.periods import Week
from tallystick.partners.models import Partner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

YEAR_DAYS = 365
SPARK_WEEKS = 13
MIX_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure beside the figure it is compared with, in its metric's unit; None where there is nothing to tell."""

    metric_id: str
    now: Fraction | None
    before: Fraction | None
    span: Span
    span_before: Span

    @property
    def difference(self) -> Fraction | None:
        """The change in the metric's own unit: minor units, parts of one, or days."""
        return None if self.now is None or self.before is None else self.now - self.before

    @property
    def relative(self) -> Fraction | None:
        """The change as a part of the earlier figure; None where that was nothing."""
        return self.difference / abs(self.before) if self.difference is not None and self.before else None


@dataclass(frozen=True, slots=True)
class RankedPartner:
    """One partner of the ranking. Amounts of the period in minor units of the workspace currency.

    `moved` counts places gained since the period before (None: it had no place). `weekly` is its sourced pipeline of
    the last complete weeks, oldest first; `win_rate` is over the last twelve months; `first_deal_days` runs from
    joining to the first deal it sourced.
    """

    partner: Partner
    place: int
    moved: int | None
    sourced: int
    influenced: int
    won: int
    weekly: tuple[int, ...]
    win_rate: WinRate
    first_deal_days: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview shows for one period. Amounts in minor units of `currency`.

    `mix` are complete weeks, oldest first. `without_rate` counts deals opened in the last year that are left out
    because their currency has no exchange rate.
    """

    on: date
    span: Span
    before: Span
    currency: str
    test: PartnerLedTest
    sourced_won: Compared
    sourced_share: Compared
    influenced_share: Fraction | None
    time_to_first_deal: Compared
    mix: tuple[WeekMix, ...]
    win_rates: Mapping[CreditClass, WinRate]
    ranking: tuple[RankedPartner, ...]
    without_rate: int


def overview(*, period: PeriodKind, on: date, weeks: int = MIX_WEEKS) -> Overview:
    """Return the overview of the workspace in scope as of a business date, with the mix of so many weeks."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    rates, currency = day_rates(on), workspace.currency
    span = to_date(period, on=on, fiscal_year_start=workspace.fiscal_year_start)
    before = period_before(period, on=on, fiscal_year_start=workspace.fiscal_year_start)
    deals = classified_deals(rates=rates, currency=currency).filter(kind__in=NEW_BUSINESS)
    last_week = last_complete_week(on)
    mix = _mix(deals, last_week=last_week, weeks=max(weeks, WEEKS_NEEDED))
    four_weeks = Span(last_week.plus(1 - FOUR_WEEKS).first_day, last_week.last_day)
    recent = pooled(mix[-FOUR_WEEKS:])

    def compare(metric_id: str, now: Span, earlier: Span) -> Compared:
        metric = BY_ID[metric_id]
        figures = [figure(metric, Asked(days, currency, rates)) for days in (now, earlier)]
        return Compared(metric_id, figures[0], figures[1], now, earlier)

    year = days_back(on, YEAR_DAYS)
    return Overview(
        on=on,
        span=span,
        before=before,
        currency=currency,
        test=partner_led_test(mix),
        sourced_won=compare("sourced_won", span, before),
        sourced_share=compare("sourced_share", four_weeks, _earlier(four_weeks)),
        influenced_share=Fraction(recent.influenced, recent.total) if recent.total else None,
        time_to_first_deal=compare("time_to_first_deal", year, _earlier(year)),
        mix=mix[-weeks:],
        win_rates=_win_rates(deals, year),
        ranking=_ranking(deals, span=span, before=before, year=year, last_week=last_week),
        without_rate=deals.filter(
            opened_on__range=(year.first_day, year.last_day), amount_minor__isnull=False, amount__isnull=True
        ).count(),
    )


def _earlier(span: Span) -> Span:
    """Return as many days right before."""
    return days_back(span.first_day - timedelta(days=1), span.days)


def _mix(deals: Deals, *, last_week: Week, weeks: int) -> tuple[WeekMix, ...]:
    first_week = last_week.plus(1 - weeks)
    rows = (
        deals.filter(opened_on__range=(first_week.first_day, last_week.last_day))
        .annotate(monday=TruncWeek("opened_on"))
        .values_list("monday", "credit_class")
        .annotate(total=Sum("amount"))
        .order_by("monday", "credit_class")
    )
    amounts: dict[date, dict[str, int]] = defaultdict(dict)
    for monday, credit_class, total in rows:
        amounts[monday][credit_class] = int(total or 0)
    by_week = {monday: ClassAmounts(**classes) for monday, classes in amounts.items()}
    return weekly_mix(by_week, last_week=last_week, weeks=weeks)


def _win_rates(deals: Deals, year: Span) -> dict[CreditClass, WinRate]:
    rows = _outcomes(deals, year).values_list("credit_class").annotate(won=_WON, lost=_LOST).order_by("credit_class")
    found = {credit_class: WinRate(won, lost) for credit_class, won, lost in rows}
    return {credit_class: found.get(credit_class.value, WinRate(0, 0)) for credit_class in CreditClass}


def _outcomes(deals: Deals, year: Span) -> Deals:
    return deals.filter(
        status__in=[OpportunityStatus.WON, OpportunityStatus.LOST], close_on__range=(year.first_day, year.last_day)
    )


_WON = Count("pk", filter=Q(status=OpportunityStatus.WON))
_LOST = Count("pk", filter=Q(status=OpportunityStatus.LOST))


def _ranking(deals: Deals, *, span: Span, before: Span, year: Span, last_week: Week) -> tuple[RankedPartner, ...]:
    sourced = deals.filter(source_id__isnull=False)
    sums = {
        partner_id: (int(now or 0), int(earlier or 0), int(won or 0), first)
        for partner_id, now, earlier, won, first in sourced.values_list("source_id")
        .annotate(
            now=Sum("amount", filter=Q(opened_on__range=(span.first_day, span.last_day))),
            earlier=Sum("amount", filter=Q(opened_on__range=(before.first_day, before.last_day))),
            won=Sum(
                "amount",
                filter=Q(status=OpportunityStatus.WON, close_on__range=(span.first_day, span.last_day)),
            ),
            first=Min("opened_on"),
        )
        .order_by("source_id")
    }
    ranks = rank_partners(
        {partner_id: now for partner_id, (now, *_) in sums.items()},
        before={partner_id: earlier for partner_id, (_, earlier, *_) in sums.items()},
    )
    partners = Partner.objects.in_bulk([rank.partner_id for rank in ranks])
    influenced = _influenced(deals, span)
    weekly = _weekly(sourced, last_week)
    outcomes = {
        partner_id: WinRate(won, lost)
        for partner_id, won, lost in _outcomes(sourced, year)
        .values_list("source_id")
        .annotate(won=_WON, lost=_LOST)
        .order_by("source_id")
    }

    def ranked(rank: Rank) -> RankedPartner:
        partner = partners[rank.partner_id]
        _, _, won, first = sums[rank.partner_id]
        return RankedPartner(
            partner=partner,
            place=rank.place,
            moved=rank.moved,
            sourced=rank.amount,
            influenced=influenced.get(rank.partner_id, 0),
            won=won,
            weekly=weekly[rank.partner_id],
            win_rate=outcomes.get(rank.partner_id, WinRate(0, 0)),
            first_deal_days=_days_between(partner.joined_on, first),
        )

    return tuple(ranked(rank) for rank in ranks)


def _influenced(deals: Deals, span: Span) -> dict[int, int]:
    """Return the new pipeline each partner influenced; a deal influenced by two counts for both."""
    rows = (
        deals.filter(
            opened_on__range=(span.first_day, span.last_day),
            credits__is_current=True,
            credits__role=CreditRole.INFLUENCE,
        )
        .values_list("credits__partner_id")
        .annotate(total=Sum("amount"))
        .order_by("credits__partner_id")
    )
    return {partner_id: int(total or 0) for partner_id, total in rows}


def _weekly(sourced: Deals, last_week: Week) -> dict[int, tuple[int, ...]]:
    mondays = [last_week.plus(-back).first_day for back in range(SPARK_WEEKS - 1, -1, -1)]
    rows = (
        sourced.filter(opened_on__range=(mondays[0], last_week.last_day))
        .annotate(monday=TruncWeek("opened_on"))
        .values_list("source_id", "monday")
        .annotate(total=Sum("amount"))
        .order_by("source_id", "monday")
    )
    sums: dict[int, dict[date, int]] = defaultdict(dict)
    for partner_id, monday, total in rows:
        sums[partner_id][monday] = int(total or 0)
    return defaultdict(
        lambda: (0,) * SPARK_WEEKS,
        {partner_id: tuple(by_week.get(monday, 0) for monday in mondays) for partner_id, by_week in sums.items()},
    )


def _days_between(joined_on: date | None, first: date | None) -> int | None:
    if joined_on is None or first is None or first < joined_on:
        return None
    return (first - joined_on).days
