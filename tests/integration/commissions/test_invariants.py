"""The invariants hold wherever the program may lead, and name what it may not."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.commissions.invariants import every_line_has_a_payment, unstated_lines_are_unstated
from tallystick.commissions.models import CommissionLine, Statement, StatementLine, UnstatedLine
from tallystick.commissions.services import mark_invoices, settle_pending
from tallystick.crm.models import Account, Invoice, Opportunity, Payment
from tallystick.platform.actors import Actor
from tests.factories import make_row
from tests.factories.revenue import credit, make_invoice, make_partner, make_plan, pay

ACTOR = Actor.job("test")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]


def settled() -> Invoice:
    make_plan()
    deal = make_row(Opportunity, account=make_row(Account), status="won", currency="EUR")
    credit(deal, {make_partner(): 1_000_000})
    invoice = make_invoice(deal, nets=[100_000])
    pay(invoice, 120_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    return invoice


def settle(invoice: Invoice) -> None:
    mark_invoices(invoice_ids=[invoice.pk])
    list(settle_pending(ACTOR))


def test_lines_of_a_payment_that_was_undone_are_right_once_they_are_reversed() -> None:
    invoice = settled()
    Payment.objects.all().delete()
    settle(invoice)
    assert sorted(CommissionLine.objects.values_list("amount_minor", flat=True)) == [-10_000, 10_000]
    assert list(every_line_has_a_payment()) == []


def test_lines_of_a_payment_that_was_undone_may_wait_to_be_reversed() -> None:
    invoice = settled()
    Payment.objects.all().delete()
    mark_invoices(invoice_ids=[invoice.pk])
    assert list(every_line_has_a_payment()) == []


def test_a_line_that_counts_without_a_payment_is_named() -> None:
    settled()
    Payment.objects.all().delete()
    line = CommissionLine.objects.get()
    assert list(every_line_has_a_payment()) == [f"Commission line {line.pk} belongs to an invoice without a payment."]


def test_a_line_is_kept_as_standing_on_no_statement_until_it_stands_on_one() -> None:
    settled()
    line = CommissionLine.objects.get()
    assert list(UnstatedLine.objects.values_list("line_id", "partner_id")) == [(line.pk, line.partner_id)]
    statement = make_row(Statement, partner=line.partner, opening_minor=0, total_minor=10_000, closing_minor=10_000)
    make_row(StatementLine, statement=statement, partner=line.partner, line=line)
    assert list(UnstatedLine.objects.all()) == []
    assert list(unstated_lines_are_unstated()) == []


def test_a_line_that_is_on_no_statement_and_not_kept_so_is_named() -> None:
    settled()
    UnstatedLine.objects.all().delete()
    line = CommissionLine.objects.get()
    assert list(unstated_lines_are_unstated()) == [
        f"Commission line {line.pk} stands on no statement and is not kept as such."
    ]
