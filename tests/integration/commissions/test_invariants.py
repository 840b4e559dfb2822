"""The invariants hold wherever the program may lead, and name what it may not."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.commissions.invariants import every_line_has_a_payment
from tallystick.commissions.models import CommissionLine
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
