"""What the overview shows: the label, the key figures, the weekly mix, the ranking. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tallystick.attribution.models import CreditClass
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import day_rates
from tallystick.insights.catalogue import BY_ID, Asked, figure
from tallystick.insights.day_sums import ENDED, DaySums, Group, Sums
from tallystick.insights.models import DayMeasure
from tallystick.insights.rules.mix import FOUR_WEEKS, ClassAmounts, WeekMix, pooled, weekly_mix
from tallystick.insights.rules.partner_led import WEEKS_NEEDED, PartnerLedTest, partner_led_test
from tallystick.insights.rules.ranking import rank_partners
from tallystick.insights.rules.rates import WinRate
from tallystick.insights.rules.spans import (
    Comparison,
    PeriodKind,
    Span,
    compared_span,
    days_back,
    last_complete_week,
    to_date,
)
from tallystick.insights.series import weekly_won
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

    `mix` and `sourced_won_weekly` are complete weeks, oldest first. `without_rate` counts deals opened in the last
    year that are left out because their currency has no exchange rate.
    """

    on: date
    span: Span
    before: Span
    currency: str
    test: PartnerLedTest
    sourced_won: Compared
    sourced_won_weekly: tuple[int, ...]
    sourced_share: Compared
    influenced_share: Fraction | None
    time_to_first_deal: Compared
    mix: tuple[WeekMix, ...]
    win_rates: Mapping[CreditClass, WinRate]
    ranking: tuple[RankedPartner, ...]
    without_rate: int


def overview(
    *,
    period: PeriodKind,
    on: date,
    weeks: int = MIX_WEEKS,
    ranked: int | None = None,
    against: Comparison = Comparison.PREVIOUS,
) -> Overview:
    """Return the overview of the workspace in scope as of a business date, with the mix of so many weeks.

    The ranking holds the first `ranked` partners, or all.
    """
    workspace = Workspace.objects.get(pk=current_workspace_id())
    rates, currency = day_rates(on), workspace.currency
    sums = DaySums(currency, rates)
    span = to_date(period, on=on, fiscal_year_start=workspace.fiscal_year_start)
    before = compared_span(period, against, on=on, fiscal_year_start=workspace.fiscal_year_start)
    last_week = last_complete_week(on)
    mix = _mix(sums, last_week=last_week, weeks=max(weeks, WEEKS_NEEDED))
    four_weeks = Span(last_week.plus(1 - FOUR_WEEKS).first_day, last_week.last_day)
    recent = pooled(mix[-FOUR_WEEKS:])

    def compare(metric_id: str, now: Span, earlier: Span) -> Compared:
        metric = BY_ID[metric_id]
        figures = [figure(metric, Asked(days, currency, rates, sums)) for days in (now, earlier)]
        return Compared(metric_id, figures[0], figures[1], now, earlier)

    year = days_back(on, YEAR_DAYS)
    return Overview(
        on=on,
        span=span,
        before=before,
        currency=currency,
        test=partner_led_test(mix),
        sourced_won=compare("sourced_won", span, before),
        sourced_won_weekly=weekly_won(CreditClass.SOURCED, weeks=SPARK_WEEKS, on=span, sums=sums),
        sourced_share=compare("sourced_share", four_weeks, _earlier(four_weeks)),
        influenced_share=Fraction(recent.influenced, recent.total) if recent.total else None,
        time_to_first_deal=compare("time_to_first_deal", year, _earlier(year)),
        mix=mix[-weeks:],
        win_rates=_win_rates(sums, year),
        ranking=_ranking(sums, span=span, before=before, year=year, last_week=last_week, ranked=ranked),
        without_rate=sum(sums.sums(DayMeasure.OPENED, year).values(), Sums()).without_rate,
    )


def _earlier(span: Span) -> Span:
    """Return as many days right before."""
    return days_back(span.first_day - timedelta(days=1), span.days)


def _mix(sums: DaySums, *, last_week: Week, weeks: int) -> tuple[WeekMix, ...]:
    span = Span(last_week.plus(1 - weeks).first_day, last_week.last_day)
    amounts: dict[date, dict[str, int]] = defaultdict(dict)
    for (monday, credit_class), found in sums.sums(DayMeasure.OPENED, span, by=("week", "credit_class")).items():
        amounts[monday][credit_class] = found.amount
    by_week = {monday: ClassAmounts(**classes) for monday, classes in amounts.items()}
    return weekly_mix(by_week, last_week=last_week, weeks=weeks)


def _win_rates(sums: DaySums, year: Span) -> dict[CreditClass, WinRate]:
    found = sums.sums(DayMeasure.CLOSED, year, by=("credit_class", "status"))
    return {credit_class: _win_rate(found, credit_class.value) for credit_class in CreditClass}


def _win_rate(found: Mapping[Group, Sums], key: object) -> WinRate:
    won, lost = (found.get((key, status.value), Sums()).deals for status in ENDED)
    return WinRate(won, lost)


def _ranking(
    sums: DaySums, *, span: Span, before: Span, year: Span, last_week: Week, ranked: int | None
) -> tuple[RankedPartner, ...]:
    ranks = rank_partners(
        {key: found.amount for key, found in _by_partner(sums, DayMeasure.OPENED, span).items()},
        before={key: found.amount for key, found in _by_partner(sums, DayMeasure.OPENED, before).items()},
    )[:ranked]
    ids = [rank.partner_id for rank in ranks]
    if not ids:
        return ()
    partners = Partner.objects.in_bulk(ids)
    influenced = _by_partner(sums, DayMeasure.INFLUENCED, span, ids)
    won = _by_partner(sums, DayMeasure.CLOSED, span, ids, {"status": OpportunityStatus.WON.value})
    weekly = _weekly(sums, last_week, ids)
    outcomes = sums.sums(DayMeasure.CLOSED, year, by=("partner_id", "status"), of_partners=True, partner_ids=ids)
    first = sums.first_days(ids)
    return tuple(
        RankedPartner(
            partner=partners[rank.partner_id],
            place=rank.place,
            moved=rank.moved,
            sourced=rank.amount,
            influenced=influenced.get(rank.partner_id, Sums()).amount,
            won=won.get(rank.partner_id, Sums()).amount,
            weekly=weekly[rank.partner_id],
            win_rate=_win_rate(outcomes, rank.partner_id),
            first_deal_days=_days_between(partners[rank.partner_id].joined_on, first.get(rank.partner_id)),
        )
        for rank in ranks
    )


def _by_partner(
    sums: DaySums,
    measure: DayMeasure,
    span: Span,
    partner_ids: Sequence[int] | None = None,
    where: Mapping[str, str] | None = None,
) -> dict[int, Sums]:
    found = sums.sums(measure, span, by=("partner_id",), of_partners=True, partner_ids=partner_ids, where=where)
    return {partner_id: of_partner for (partner_id,), of_partner in found.items()}


def _weekly(sums: DaySums, last_week: Week, partner_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    mondays = [last_week.plus(-back).first_day for back in range(SPARK_WEEKS - 1, -1, -1)]
    found = sums.sums(
        DayMeasure.OPENED,
        Span(mondays[0], last_week.last_day),
        by=("partner_id", "week"),
        of_partners=True,
        partner_ids=partner_ids,
    )
    return {
        partner_id: tuple(found.get((partner_id, monday), Sums()).amount for monday in mondays)
        for partner_id in partner_ids
    }


def _days_between(joined_on: date | None, first: date | None) -> int | None:
    if joined_on is None or first is None or first < joined_on:
        return None
    return (first - joined_on).days
