"""The overview's figures, worked out by hand, and each equal to the sum of the rows it opens to."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tallystick.attribution.models import Credit, CreditClass, Decision, PolicyVersion
from tallystick.crm.models import Account, ExchangeRate, Opportunity
from tallystick.crm.queries.rates import day_rates
from tallystick.insights.catalogue import METRICS, Asked, Metric, Unit, figure, rows_of
from tallystick.insights.queries import overview
from tallystick.insights.rules.mix import ClassAmounts
from tallystick.insights.rules.partner_led import MotionLabel
from tallystick.insights.rules.rates import WinRate
from tallystick.insights.rules.spans import PeriodKind, Span
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import Scope
from tests.factories import make_row

ON = date(2026, 11, 22)
"""A Sunday: its week is complete."""


class Market:
    """A small market in euros: deals are stated by partner, class, days and amount in euros."""

    def __init__(self) -> None:
        self.account = make_row(Account)
        self.policy = make_row(PolicyVersion)
        self.corvid = make_row(Partner, name="Corvid", joined_on=date(2026, 8, 1))
        self.northwind = make_row(Partner, name="Northwind", joined_on=date(2025, 1, 10))

    def deal(
        self,
        euros: int,
        opened: str,
        *,
        source: Partner | None = None,
        influenced: Partner | None = None,
        closed: str | None = None,
        status: str = "open",
        kind: str = "new",
        currency: str = "EUR",
    ) -> Opportunity:
        opportunity = make_row(
            Opportunity,
            account=self.account,
            amount_minor=euros * 100,
            currency=currency,
            opened_on=date.fromisoformat(opened),
            close_on=date.fromisoformat(closed) if closed else None,
            status=status,
            kind=kind,
        )
        self.decide(opportunity, source=source, influenced=influenced)
        return opportunity

    def decide(self, opportunity: Opportunity, *, source: Partner | None, influenced: Partner | None) -> None:
        credit_class = "sourced" if source else "influenced" if influenced else "direct"
        decision = make_row(
            Decision, opportunity=opportunity, policy=self.policy, credit_class=credit_class, is_current=True
        )
        for role, partner in (("source", source), ("influence", influenced)):
            if partner is not None:
                make_row(
                    Credit,
                    decision=decision,
                    opportunity=opportunity,
                    partner=partner,
                    role=role,
                    share_ppm=500_000,
                    is_current=True,
                )


@pytest.fixture
def market(vendor: Scope) -> Market:
    market = Market()
    corvid, northwind = market.corvid, market.northwind
    make_row(ExchangeRate, day=date(2026, 11, 20), base="EUR", currency="USD", rate="1.25")
    # This quarter so far: 1 October to 22 November.
    market.deal(300, "2026-10-05", source=corvid, closed="2026-11-10", status="won")
    market.deal(100, "2026-11-02", source=northwind, influenced=corvid)
    market.deal(125, "2026-11-16", source=northwind, currency="USD")
    market.deal(200, "2026-11-17", influenced=corvid)
    market.deal(600, "2026-11-18")
    # The quarter before, up to the same day of it, and after that day.
    market.deal(500, "2026-08-10", source=northwind, closed="2026-08-20", status="won")
    market.deal(900, "2026-09-20", source=northwind, closed="2026-09-25", status="lost")
    # A renewal, a deal nobody decided yet, one in a currency without a rate.
    market.deal(999, "2026-11-10", source=corvid, closed="2026-11-11", status="won", kind="renewal")
    undecided = market.deal(50, "2026-11-19")
    Decision.objects.filter(opportunity=undecided).delete()
    market.deal(77, "2026-11-19", currency="NOK")
    market.deal(80, "2026-02-01", closed="2026-05-01", status="lost")
    market.deal(40, "2026-02-03", influenced=corvid, closed="2026-04-02", status="won")
    return market


def test_the_overview_states_the_figures_of_the_quarter(market: Market) -> None:
    shown = overview(period=PeriodKind.QUARTER, on=ON)

    assert (shown.span, shown.before) == (
        Span(date(2026, 10, 1), ON),
        Span(date(2026, 7, 1), date(2026, 8, 22)),
    )
    assert (shown.sourced_won.now, shown.sourced_won.before) == (Fraction(30_000), Fraction(50_000))
    assert shown.sourced_won.relative == Fraction(-2, 5)
    assert shown.without_rate == 1


def test_the_label_follows_from_the_four_week_share(market: Market) -> None:
    shown = overview(period=PeriodKind.QUARTER, on=ON)

    # Four weeks from 26 October: 100 + 100 (125 USD) sourced, 200 influenced, 600 + 50 direct.
    assert shown.test.amounts == ClassAmounts(sourced=20_000, influenced=20_000, direct=65_000)
    assert shown.sourced_share.now == shown.test.share == Fraction(20, 105)
    assert shown.influenced_share == Fraction(20, 105)
    assert shown.test.label is MotionLabel.PARTNER_INFLUENCED
    assert shown.test.distance == "31 points short of partner-led."


def test_the_weekly_mix_has_every_week_and_sums_to_the_new_pipeline(market: Market) -> None:
    shown = overview(period=PeriodKind.QUARTER, on=ON, weeks=13)

    assert len(shown.mix) == 13
    assert [(str(entry.week), entry.amounts) for entry in shown.mix[-3:]] == [
        ("2026-W45", ClassAmounts(sourced=10_000)),
        ("2026-W46", ClassAmounts()),
        ("2026-W47", ClassAmounts(sourced=10_000, influenced=20_000, direct=65_000)),
    ]


def test_the_ranking_tells_places_gained_and_what_each_partner_did(market: Market) -> None:
    first, second = overview(period=PeriodKind.QUARTER, on=ON).ranking

    assert (first.partner.name, first.place, first.moved) == ("Corvid", 1, None)
    assert (first.sourced, first.influenced, first.won) == (30_000, 30_000, 30_000)
    assert (first.win_rate, first.first_deal_days) == (WinRate(1, 0), 65)
    assert (second.partner.name, second.place, second.moved) == ("Northwind", 2, -1)
    assert (second.sourced, second.influenced, second.won) == (20_000, 0, 0)
    assert second.win_rate == WinRate(1, 1)
    assert second.weekly == (0, 0, 0, 90_000, 0, 0, 0, 0, 0, 0, 10_000, 0, 10_000)


def test_win_rates_leave_open_deals_and_renewals_out(market: Market) -> None:
    assert overview(period=PeriodKind.QUARTER, on=ON).win_rates == {
        CreditClass.SOURCED: WinRate(2, 1),
        CreditClass.INFLUENCED: WinRate(1, 0),
        CreditClass.DIRECT: WinRate(0, 1),
    }


def test_time_to_first_deal_is_taken_over_partners_that_joined_in_the_year(market: Market) -> None:
    shown = overview(period=PeriodKind.QUARTER, on=ON)

    # Corvid joined on 1 August 2026 and sourced its first deal on 5 October; Northwind took 577 days.
    assert (shown.time_to_first_deal.now, shown.time_to_first_deal.before) == (Fraction(65), Fraction(577))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_every_figure_equals_the_sum_of_the_rows_it_opens_to(market: Market, metric: Metric) -> None:
    asked = Asked(Span(date(2025, 1, 1), ON), "EUR", day_rates(ON))
    rows = rows_of(metric, asked)

    assert rows
    shown = figure(metric, asked)
    match metric.unit:
        case Unit.MONEY:
            assert shown == sum(row.part for row in rows)
        case Unit.SHARE:
            assert shown == Fraction(sum(row.part for row in rows), sum(row.whole for row in rows))
        case Unit.DAYS:
            parts = sorted(row.part for row in rows)
            assert shown == Fraction(parts[0] + parts[-1], 2)


def test_every_metric_says_what_it_is_in_a_sentence() -> None:
    assert len({metric.id for metric in METRICS}) == len(METRICS)
    assert all(metric.definition.endswith(".") and metric.grain.endswith(".") for metric in METRICS)


def test_an_empty_workspace_has_an_overview_too(vendor: Scope) -> None:
    shown = overview(period=PeriodKind.QUARTER, on=ON)

    assert shown.test.label is MotionLabel.DIRECT_LED
    assert shown.sourced_won.now == 0
    assert shown.sourced_share.now is None
    assert shown.ranking == ()


def test_the_overview_takes_as_many_queries_for_many_deals_as_for_few(market: Market) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            overview(period=PeriodKind.QUARTER, on=ON)
        return len(captured)

    few = queries()
    for number in range(20):
        partner = make_row(Partner, name=f"Partner {number}", joined_on=date(2026, 1, 1))
        market.deal(10 + number, "2026-11-03", source=partner, influenced=market.corvid)

    assert queries() == few
    assert few <= 21
