"""A month's statements: issued once, final, carried forward."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.attribution.services import mark_opportunities
from tallystick.commissions.models import Statement
from tallystick.commissions.queries import statement_lines
from tallystick.commissions.services import (
    MonthNotReadyError,
    issue_statements,
    mark_invoices,
    prepare_approval_runs,
    settle_pending,
)
from tallystick.crm.models import Account, Invoice, Opportunity
from tallystick.kernel.periods import Month
from tallystick.platform.actors import Actor
from tests.factories import make_row
from tests.factories.approvals import approve_month
from tests.factories.revenue import TEN_PERCENT, credit, make_invoice, make_partner, make_plan, pay, refund

ACTOR = Actor.job("test")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]


@pytest.fixture
def invoice(vendor: object) -> Invoice:
    """An invoice of 12,000.00 EUR net and 20 % VAT, paid half in March and half in April; the plan pays 10 %."""
    make_plan(TEN_PERCENT.replace("hold_days: 30", "hold_days: 0"))
    deal = make_row(Opportunity, account=make_row(Account, name="Cellvia"), status="won", currency="EUR")
    credit(deal, {make_partner(): 1_000_000})
    invoice = make_invoice(deal, nets=[900_000, 300_000])
    pay(invoice, 720_000, date(2026, 3, 15), key="p1")
    pay(invoice, 720_000, date(2026, 4, 10), key="p2")
    return invoice


def settle(invoice: Invoice) -> None:
    mark_invoices(invoice_ids=[invoice.pk])
    list(settle_pending(ACTOR))


def issue(month: Month) -> list[Statement]:
    """Approve what was earned by the end of the month, and issue its statements."""
    approve_month(month)
    return issue_statements(ACTOR, month=month)


def figures() -> list[tuple[date, int, int, int]]:
    rows = Statement.objects.order_by("month")
    return list(rows.values_list("month", "opening_minor", "total_minor", "closing_minor"))


def test_each_month_opens_where_the_month_before_closed(invoice: Invoice) -> None:
    settle(invoice)
    issue(Month(2026, 3))
    issue(Month(2026, 4))
    assert figures() == [
        (date(2026, 3, 1), 0, 60_000, 60_000),
        (date(2026, 4, 1), 60_000, 60_000, 120_000),
    ]


def test_issuing_twice_issues_nothing_more(invoice: Invoice) -> None:
    settle(invoice)
    assert len(issue(Month(2026, 3))) == 1
    assert issue_statements(ACTOR, month=Month(2026, 3)) == []


def test_a_refund_learned_after_its_month_was_issued_stands_on_the_next_statement(invoice: Invoice) -> None:
    settle(invoice)
    issue(Month(2026, 3))
    refund(invoice, 720_000, date(2026, 3, 20), key="r1")
    settle(invoice)
    issue(Month(2026, 4))
    assert figures() == [(date(2026, 3, 1), 0, 60_000, 60_000), (date(2026, 4, 1), 60_000, 0, 60_000)]
    april = statement_lines(Statement.objects.get(month=date(2026, 4, 1)))
    assert sorted(april.values_list("earned_on", "booked_on", "amount_minor")) == [
        (date(2026, 3, 20), date(2026, 4, 1), -45_000),
        (date(2026, 3, 20), date(2026, 4, 1), -15_000),
        # April's lines are written anew, because what was paid before them is another figure now.
        (date(2026, 4, 10), date(2026, 4, 10), -45_000),
        (date(2026, 4, 10), date(2026, 4, 10), -15_000),
        (date(2026, 4, 10), date(2026, 4, 10), 15_000),
        (date(2026, 4, 10), date(2026, 4, 10), 15_000),
        (date(2026, 4, 10), date(2026, 4, 10), 45_000),
        (date(2026, 4, 10), date(2026, 4, 10), 45_000),
    ]


def test_a_month_that_is_not_over_cannot_be_issued_and_stays_open(invoice: Invoice) -> None:
    settle(invoice)
    with pytest.raises(MonthNotReadyError, match="is not over yet"):
        issue_statements(ACTOR, month=Month(2199, 1))
    assert figures() == []


def test_statements_wait_until_every_invoice_is_settled(invoice: Invoice) -> None:
    mark_invoices(invoice_ids=[invoice.pk])
    with pytest.raises(MonthNotReadyError, match="1 invoices wait to be settled"):
        issue_statements(ACTOR, month=Month(2026, 3))
    assert figures() == []


def test_a_month_waits_for_the_statements_of_the_months_before_it(invoice: Invoice) -> None:
    settle(invoice)
    approve_month(Month(2026, 3))
    with pytest.raises(MonthNotReadyError, match="2 lines before 2026-04 stand on no statement; issue 2026-03 first"):
        issue(Month(2026, 4))
    assert figures() == []


def test_a_payment_learned_for_a_month_before_the_last_statement_is_carried_into_the_next(invoice: Invoice) -> None:
    settle(invoice)
    issue(Month(2026, 3))
    issue(Month(2026, 4))
    deal = Opportunity.objects.get()
    earlier = make_invoice(deal, nets=[100_000], issued_on=date(2026, 2, 1), number="2026-0007")
    pay(earlier, 120_000, date(2026, 2, 10), key="p0")
    settle(earlier)
    issue(Month(2026, 5))
    assert figures()[-1] == (date(2026, 5, 1), 120_000, 10_000, 130_000)


def test_statements_wait_until_every_deal_is_decided(invoice: Invoice) -> None:
    settle(invoice)
    mark_opportunities([invoice.opportunity_id or 0])
    with pytest.raises(MonthNotReadyError, match="1 deals wait to be decided"):
        issue_statements(ACTOR, month=Month(2026, 3))
    assert figures() == []


def test_statements_carry_approved_lines_only(invoice: Invoice) -> None:
    settle(invoice)
    with pytest.raises(MonthNotReadyError, match="2 lines earned up to 2026-03-31 are not approved"):
        issue_statements(ACTOR, month=Month(2026, 3))
    assert figures() == []


def test_statements_wait_for_a_run_that_waits_for_approval(invoice: Invoice) -> None:
    settle(invoice)
    prepare_approval_runs(ACTOR, through=date(2026, 3, 31))
    with pytest.raises(MonthNotReadyError, match="AR-2026-03-EUR-1 waits for approval; approve or reject it first"):
        issue_statements(ACTOR, month=Month(2026, 3))
    assert figures() == []
