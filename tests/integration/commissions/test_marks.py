"""A change between two chunks of a run, or behind a subscription, is not lost on the invoices it bears on."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.commissions.models import PendingInvoice
from tallystick.commissions.queries import effective_lines
from tallystick.commissions.services import mark_import, mark_invoices, settle_pending
from tallystick.crm.models import Account, CreditNote, ExchangeRate, Import, Invoice, Opportunity, Subscription
from tallystick.platform.actors import Actor
from tests.factories import make_row
from tests.factories.revenue import TEN_PERCENT, credit, make_invoice, make_partner, make_plan, pay

ACTOR = Actor.job("test")
TWENTY_PERCENT = TEN_PERCENT.replace("percent: 10", "percent: 20")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]


@pytest.fixture
def deal() -> Opportunity:
    deal = make_row(Opportunity, account=make_row(Account, name="Cellvia"), status="won", currency="EUR")
    credit(deal, {make_partner(): 1_000_000})
    return deal


def marked_by(batch: Import) -> list[int]:
    mark_import(batch.pk)
    return list(PendingInvoice.objects.filter(cause_import=batch).order_by("invoice").values_list("invoice", flat=True))


def test_a_plan_published_between_two_chunks_counts_for_the_invoices_it_marks(deal: Opportunity) -> None:
    make_plan()
    first = make_invoice(deal, nets=[100_000], number="1")
    second = make_invoice(deal, nets=[100_000], number="2")
    pay(first, 120_000, date(2026, 3, 15), key="p1")
    pay(second, 120_000, date(2026, 3, 16), key="p2")
    mark_invoices(invoice_ids=[first.pk, second.pk])
    run = settle_pending(ACTOR, chunk=1)
    next(run)
    make_plan(TWENTY_PERCENT, number=2)
    mark_invoices(invoice_ids=[first.pk, second.pk])
    list(run)
    assert [line.amount_minor for line in effective_lines().order_by("earned_on")] == [20_000, 20_000]


def test_a_rate_corrected_between_two_chunks_counts_for_the_invoices_it_marks(deal: Opportunity) -> None:
    make_plan()
    rate = make_row(ExchangeRate, day=date(2026, 3, 15), currency="USD", rate="2")
    invoices = [make_invoice(deal, nets=[100_000], number=number, currency="USD") for number in ("1", "2")]
    for invoice in invoices:
        pay(invoice, 120_000, date(2026, 3, 15), key=invoice.number)
    mark_invoices(invoice_ids=[invoice.pk for invoice in invoices])
    run = settle_pending(ACTOR, chunk=1)
    next(run)
    ExchangeRate.objects.filter(pk=rate.pk).update(rate="4")
    mark_invoices(invoice_ids=[invoice.pk for invoice in invoices])
    list(run)
    assert [line.amount_minor for line in effective_lines().order_by("pk")] == [2_500, 2_500]


def test_a_deal_that_changes_marks_the_renewals_of_its_subscription(deal: Opportunity) -> None:
    subscription = make_row(Subscription, account=deal.account, opportunity=deal, started_on=date(2025, 3, 1))
    renewal = make_invoice(deal, nets=[100_000], subscription=subscription)
    Invoice.objects.filter(pk=renewal.pk).update(opportunity=None)
    batch = make_row(Import)
    Opportunity.objects.filter(pk=deal.pk).update(changed_by_import=batch)
    assert marked_by(batch) == [renewal.pk]


def test_a_rate_marks_the_credit_notes_of_its_days(deal: Opportunity) -> None:
    """A credit on one line raises what is paid of the others, at the rate of its day."""
    invoice = make_invoice(deal, nets=[100_000, 100_000], currency="USD")
    make_row(
        CreditNote, invoice=invoice, net_minor=100_000, tax_minor=20_000, issued_on=date(2026, 5, 4), external_id="c1"
    )
    batch = make_row(Import)
    make_row(ExchangeRate, day=date(2026, 5, 1), currency="USD", rate="2", added_by_import=batch)
    assert marked_by(batch) == [invoice.pk]
