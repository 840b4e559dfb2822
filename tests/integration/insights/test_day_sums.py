"""Kept sums of days and totals of stages: the same figures as their rows, whatever changed since."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
import time_machine
from django.db import connection

from tallystick.attribution.deal_list import DealFilter, stage_sums
from tallystick.crm.models import Account, ExchangeRate, Opportunity, StageTotal
from tallystick.crm.queries.rates import day_rates
from tallystick.crm.services.stage_totals import FOLDED_FROM, fold_stage_totals, rebuild_stage_totals
from tallystick.insights.catalogue import METRICS, Asked, Metric, Unit, figure, row_count, rows_of
from tallystick.insights.day_sums import DaySums
from tallystick.insights.folding import fold_day_sums
from tallystick.insights.invariants import day_sums_are_sums, stage_totals_are_sums
from tallystick.insights.models import ChangedDay, DayMeasure, DaySum
from tallystick.insights.queries import overview
from tallystick.insights.rules.spans import PeriodKind, Span
from tallystick.platform.database.roles import as_owner
from tallystick.platform.tenancy import Scope
from tests.factories.revenue import credit, make_partner
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 20)
YEAR = Span(date(2025, 11, 21), ON)


def make_deal(name: str, **given: object) -> Opportunity:
    return make_row(
        Opportunity,
        **{
            "account": make_row(Account, name=f"{name} GmbH"),
            "name": name,
            "stage": "Closed Won",
            "status": "won",
            "kind": "new",
            "currency": "EUR",
            "amount_minor": 1_000_000,
            "opened_on": date(2026, 10, 1),
            "close_on": date(2026, 11, 10),
            **given,
        },
    )


@pytest.fixture
def deals(vendor: Scope) -> list[Opportunity]:
    make_row(ExchangeRate, base="EUR", currency="USD", day=date(2026, 11, 19), rate="1.1")
    partner = make_partner(joined_on=date(2026, 9, 1))
    deals = [
        make_deal("Sourced"),
        make_deal("In dollars", currency="USD", amount_minor=333),
        make_deal("Without a rate", currency="CHF"),
        make_deal("Lost", status="lost", stage="Closed Lost", amount_minor=None),
        make_deal("Renewal", kind="renewal"),
    ]
    for deal in deals[:2]:
        credit(deal, {partner: 1_000_000})
    return deals


def every_figure() -> dict[str, Fraction | None]:
    rates = day_rates(ON)
    return {metric.id: figure(metric, Asked(YEAR, "EUR", rates)) for metric in METRICS}


def test_figures_are_the_same_from_kept_sums_and_from_the_deals(deals: list[Opportunity]) -> None:
    from_deals, shown = every_figure(), overview(period=PeriodKind.QUARTER, on=ON)

    assert fold_day_sums(on=ON) > 0

    assert DaySums("EUR", day_rates(ON)).are_kept
    assert every_figure() == from_deals
    assert overview(period=PeriodKind.QUARTER, on=ON) == shown
    assert from_deals["sourced_won"] == 1_000_303


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_a_figure_equals_the_rows_it_opens_to(deals: list[Opportunity], metric: Metric) -> None:
    fold_day_sums(on=ON)
    asked = Asked(YEAR, "EUR", day_rates(ON))
    rows = rows_of(metric, asked)
    assert row_count(metric, asked) == len(rows)
    if metric.unit is Unit.MONEY:
        assert figure(metric, asked) == sum(row.part for row in rows)


def test_a_day_that_changed_is_read_from_its_deals_until_it_is_added_up_anew(deals: list[Opportunity]) -> None:
    fold_day_sums(on=ON)
    deals[0].amount_minor = 2_000_000
    deals[0].save(update_fields=["amount_minor"])
    make_deal("Later", opened_on=date(2026, 10, 2), close_on=date(2026, 11, 11))

    sums = DaySums("EUR", day_rates(ON))
    assert sums.changed == (date(2026, 10, 1), date(2026, 10, 2), date(2026, 11, 10), date(2026, 11, 11))
    assert sums.sums(DayMeasure.OPENED, YEAR)[()].amount == 3_000_303

    fold_day_sums(on=ON)
    assert not ChangedDay.objects.exists()
    assert DaySums("EUR", day_rates(ON)).sums(DayMeasure.OPENED, YEAR)[()].amount == 3_000_303


def test_a_new_decision_marks_the_days_of_its_deal(deals: list[Opportunity]) -> None:
    fold_day_sums(on=ON)
    credit(deals[2], {make_partner("Halden"): 1_000_000})
    assert DaySums("EUR", day_rates(ON)).changed == (date(2026, 10, 1), date(2026, 11, 10))


def test_what_changes_no_sum_marks_no_day(deals: list[Opportunity]) -> None:
    fold_day_sums(on=ON)
    Opportunity.objects.update(next_step="Call back", owner_name="Tom")
    assert not ChangedDay.objects.exists()


def test_other_rates_make_every_kept_sum_void(deals: list[Opportunity]) -> None:
    fold_day_sums(on=ON)
    make_row(ExchangeRate, base="EUR", currency="USD", day=ON, rate="1.2")
    assert DaySums("EUR", day_rates(ON)).changed is None
    fold_day_sums(on=ON)
    assert DaySums("EUR", day_rates(ON)).are_kept


def test_the_totals_of_stages_follow_every_statement(deals: list[Opportunity]) -> None:
    Opportunity.objects.filter(name="Sourced").update(stage="Negotiation", status="open", account=None)
    Opportunity.objects.filter(name="Renewal").delete()
    found = {
        (row.stage, row.status): (row.count, sorted(map(str, row.amounts))) for row in stage_sums(DealFilter(), on=ON)
    }
    assert found == {
        ("Closed Lost", "lost"): (1, ["0.00 EUR"]),
        ("Closed Won", "won"): (2, ["10,000.00 CHF", "3.33 USD"]),
        ("Negotiation", "open"): (1, ["10,000.00 EUR"]),
    }


def test_folding_and_rebuilding_leave_the_totals_as_they_are(deals: list[Opportunity]) -> None:
    before = stage_sums(DealFilter(), on=ON)
    for _ in range(FOLDED_FROM):
        Opportunity.objects.filter(name="Sourced").update(amount_minor=1)
        Opportunity.objects.filter(name="Sourced").update(amount_minor=1_000_000)

    assert fold_stage_totals()
    assert StageTotal.objects.count() <= 6
    assert stage_sums(DealFilter(), on=ON) == before
    with as_owner(connection):
        rebuild_stage_totals()
    assert stage_sums(DealFilter(), on=ON) == before


def test_totals_that_do_not_add_up_are_found(deals: list[Opportunity]) -> None:
    assert list(stage_totals_are_sums()) == []
    StageTotal.objects.all().delete()
    assert len(list(stage_totals_are_sums())) == 4


def test_a_kept_sum_that_is_not_that_of_its_deals_is_found(deals: list[Opportunity]) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False):
        fold_day_sums()
        assert list(day_sums_are_sums()) == []
        DaySum.objects.filter(measure="opened", partner_id__isnull=True).update(amount_minor=1)
        assert len(list(day_sums_are_sums())) == 1
