"""From paid invoices to lines and postings, right to the cent."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.commissions.models import BlockedLine, CommissionLine
from tallystick.commissions.queries import effective_lines
from tallystick.commissions.rules.recomputation import recompute
from tallystick.commissions.services import mark_invoices, settle_pending
from tallystick.crm.models import Account, Invoice, Opportunity
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.ledger.models import Posting
from tallystick.ledger.queries import balances
from tallystick.ledger.services import close_month
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tests.factories import make_row
from tests.factories.revenue import TEN_PERCENT, credit, credit_note, make_invoice, make_partner, make_plan, pay, refund

ACTOR = Actor.job("test")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]


def settle(invoice: Invoice) -> None:
    mark_invoices(invoice_ids=[invoice.pk])
    list(settle_pending(ACTOR))


def standing() -> list[tuple[str, int, int]]:
    """Return event, base and amount of the lines that count, by day and invoice line."""
    rows = effective_lines().order_by("earned_on", "event_kind", "invoice_line__position", "partner__name")
    return list(rows.values_list("event_kind", "base_minor", "amount_minor"))


@pytest.fixture
def partner() -> Partner:
    make_plan()
    return make_partner()


@pytest.fixture
def deal(partner: Partner) -> Opportunity:
    account = make_row(Account, name="Cellvia")
    opportunity = make_row(Opportunity, account=account, status="won", amount_minor=1_200_000, currency="EUR")
    credit(opportunity, {partner: 1_000_000})
    return opportunity


@pytest.fixture
def invoice(deal: Opportunity) -> Invoice:
    return make_invoice(deal, nets=[900_000, 300_000])


def test_a_part_payment_earns_its_part_of_every_line_net_of_tax(invoice: Invoice) -> None:
    pay(invoice, 720_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    assert standing() == [("payment", 450_000, 45_000), ("payment", 150_000, 15_000)]


def test_two_payments_in_different_months_a_part_refund_and_a_full_refund_net_to_zero(invoice: Invoice) -> None:
    pay(invoice, 720_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    pay(invoice, 720_000, date(2026, 4, 10), key="p2")
    settle(invoice)
    refund(invoice, 360_000, date(2026, 5, 20), key="r1")
    settle(invoice)
    assert standing() == [
        ("payment", 450_000, 45_000),
        ("payment", 150_000, 15_000),
        ("payment", 450_000, 45_000),
        ("payment", 150_000, 15_000),
        ("refund", -225_000, -22_500),
        ("refund", -75_000, -7_500),
    ]
    refund(invoice, 1_080_000, date(2026, 6, 2), key="r2")
    settle(invoice)
    assert sum(amount for _, _, amount in standing()) == 0
    assert [balance.amount.minor for balance in balances()] == [0, 0]


def test_every_line_is_one_posting_between_expense_and_the_partner(invoice: Invoice, partner: Partner) -> None:
    pay(invoice, 1_440_000, date(2026, 3, 15), key="p1")
    refund(invoice, 1_440_000, date(2026, 4, 1), key="r1")
    settle(invoice)
    sides = Posting.objects.order_by("fact_on", "id").values_list(
        "source_account__code", "destination_account__code", "amount_minor", "effective_on"
    )
    expense, payable = "commission_expense", f"partner_payable:{partner.pk}"
    assert list(sides) == [
        (expense, payable, 90_000, date(2026, 3, 15)),
        (expense, payable, 30_000, date(2026, 3, 15)),
        (payable, expense, 90_000, date(2026, 4, 1)),
        (payable, expense, 30_000, date(2026, 4, 1)),
    ]


def test_settling_again_writes_nothing(invoice: Invoice) -> None:
    pay(invoice, 720_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    before = list(CommissionLine.objects.order_by("id").values_list("id", "content_hash"))
    settle(invoice)
    assert list(CommissionLine.objects.order_by("id").values_list("id", "content_hash")) == before


def test_a_changed_decision_reverses_the_lines_and_writes_new_ones(
    invoice: Invoice, deal: Opportunity, partner: Partner
) -> None:
    pay(invoice, 1_440_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    other = make_partner("Zephyr Informatics")
    credit(deal, {other: 600_000, partner: 400_000})
    settle(invoice)
    lines = CommissionLine.objects.order_by("partner__name", "amount_minor")
    assert list(lines.values_list("partner__name", "amount_minor")) == [
        ("Corvid Consulting", -90_000),
        ("Corvid Consulting", -30_000),
        ("Corvid Consulting", 12_000),
        ("Corvid Consulting", 30_000),
        ("Corvid Consulting", 36_000),
        ("Corvid Consulting", 90_000),
        ("Zephyr Informatics", 18_000),
        ("Zephyr Informatics", 54_000),
    ]


def test_a_payment_learned_late_gives_the_lines_it_would_have_given_in_time(invoice: Invoice) -> None:
    pay(invoice, 720_000, date(2026, 4, 10), key="p2")
    settle(invoice)
    pay(invoice, 720_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    assert standing() == [
        ("payment", 450_000, 45_000),
        ("payment", 150_000, 15_000),
        ("payment", 450_000, 45_000),
        ("payment", 150_000, 15_000),
    ]


def test_a_credit_note_takes_back_its_part_and_its_refund_nothing_more(invoice: Invoice) -> None:
    pay(invoice, 1_440_000, date(2026, 3, 15), key="p1")
    credit_note(invoice, net_minor=600_000, tax_minor=120_000, on=date(2026, 4, 1), key="c1")
    refund(invoice, 720_000, date(2026, 4, 8), key="r1")
    settle(invoice)
    assert standing() == [
        ("payment", 900_000, 90_000),
        ("payment", 300_000, 30_000),
        ("credit_note", -450_000, -45_000),
        ("credit_note", -150_000, -15_000),
    ]


def test_what_falls_into_a_closed_month_is_booked_in_the_next_and_keeps_its_date(invoice: Invoice) -> None:
    close_month(ACTOR, month=Month(2026, 3))
    pay(invoice, 1_440_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    days = set(CommissionLine.objects.values_list("earned_on", "booked_on", "held_until"))
    assert days == {(date(2026, 3, 15), date(2026, 4, 1), date(2026, 4, 14))}


def test_a_line_without_a_plan_is_blocked_and_pays_nothing(deal: Opportunity) -> None:
    invoice = make_invoice(deal, nets=[100_000], issued_on=date(2024, 12, 31))
    pay(invoice, 120_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    assert not CommissionLine.objects.exists()
    assert BlockedLine.objects.get().reason == "No published plan covers 2024-12-31 on the partner's track."


def test_a_void_invoice_has_no_lines_and_voiding_reverses_them(invoice: Invoice) -> None:
    pay(invoice, 1_440_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(is_void=True)
    settle(invoice)
    assert standing() == []
    assert sum(CommissionLine.objects.values_list("amount_minor", flat=True)) == 0


def test_each_line_can_be_computed_again_from_its_explanation_alone(invoice: Invoice) -> None:
    pay(invoice, 333_333, date(2026, 3, 15), key="p1")
    settle(invoice)
    for line in CommissionLine.objects.all():
        assert recompute(Explanation.from_json(line.explanation)) == Money(line.amount_minor, line.currency)


def test_the_uplift_for_a_registered_deal_is_the_registering_partners_alone(workspace: object) -> None:
    uplift = "uplifts:\n  - {id: registered, says: 2 % more, when: {deal.registered: true}, percent: 2}\n"
    make_plan(TEN_PERCENT + uplift)
    first, second = make_partner("Corvid Consulting"), make_partner("Zephyr Informatics")
    account = make_row(Account, name="Cellvia")
    deal = make_row(Opportunity, account=account, status="won", close_on=date(2026, 2, 20), currency="EUR")
    credit(deal, {first: 500_000, second: 500_000})
    _approve_registration(deal, second)
    invoice = make_invoice(deal, nets=[100_000])
    pay(invoice, 120_000, date(2026, 3, 15), key="p1")
    settle(invoice)
    earned = effective_lines().order_by("partner__name").values_list("partner__name", "amount_minor")
    assert list(earned) == [("Corvid Consulting", 5_000), ("Zephyr Informatics", 6_000)]


def _approve_registration(deal: Opportunity, partner: Partner) -> None:
    from datetime import UTC, datetime

    from tallystick.deals.models import DealRegistration

    make_row(
        DealRegistration,
        partner=partner,
        opportunity=deal,
        state="approved",
        decided_at=datetime(2026, 1, 5, 12, tzinfo=UTC),
        protected_until=date(2026, 4, 5),
    )
