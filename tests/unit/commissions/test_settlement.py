"""Settling invoices, with figures worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.commissions.rules.entries import EntryKind
from tallystick.kernel.money import Money
from tests.unit.commissions.invoices import (
    UPLIFTS,
    amounts,
    by_event,
    credited,
    invoice,
    paid,
    payee,
    plan,
    rates,
    refunded,
    settled,
)

REGISTERED = {"deal.registered": True}


def test_an_invoice_paid_in_two_parts_and_refunded_later_is_right_to_the_cent() -> None:
    """12,000.00 EUR and 20 % tax; 10 % and 2 % for the registered deal; a quarter refunded, then the rest."""
    events = [
        paid("p1", "2026-03-15", 720_000),
        paid("p2", "2026-04-10", 720_000),
        refunded("r1", "2026-05-20", 360_000),
    ]
    terms = payee(plan(uplifts=UPLIFTS), facts=REGISTERED)
    after_refund = settled(invoice(900_000, 300_000, gross=1_440_000), events, [terms])
    assert amounts(after_refund) == {
        ("p1", "1", 1): 54_000,
        ("p2", "1", 1): 54_000,
        ("r1", "1", 1): -27_000,
        ("p1", "2", 1): 18_000,
        ("p2", "2", 1): 18_000,
        ("r1", "2", 1): -9_000,
    }
    first = after_refund.entries[0]
    assert (first.kind, first.amount, first.base) == (EntryKind.EARNED, Money(54_000, "EUR"), Money(450_000, "EUR"))
    assert (first.rule, first.held_until) == ("standard", date(2026, 4, 14))
    assert first.key == ("payment", "p1", "1", 1)
    third = after_refund.entries[2]
    assert (third.kind, third.base, third.held_until) == (
        EntryKind.CLAWED_BACK,
        Money(-225_000, "EUR"),
        date(2026, 5, 20),
    )

    events.append(refunded("r2", "2026-06-30", 1_080_000))
    after_all = settled(invoice(900_000, 300_000, gross=1_440_000), events, [terms])
    assert amounts(after_refund).items() <= amounts(after_all).items()
    assert by_event(after_all) == {"p1": 72_000, "p2": 72_000, "r1": -36_000, "r2": -108_000}


def test_nothing_is_earned_before_the_customer_pays() -> None:
    assert settled(invoice(10_000), [], [payee(plan())]).entries == ()


def test_more_than_the_invoice_earns_nothing_more() -> None:
    events = [paid("p1", "2026-03-15", 9_000), paid("p2", "2026-03-16", 9_000)]
    assert by_event(settled(invoice(10_000), events, [payee(plan())])) == {"p1": 900, "p2": 100}


def test_a_refund_of_an_overpayment_takes_nothing_back() -> None:
    events = [paid("p1", "2026-03-15", 12_000), refunded("r1", "2026-03-20", 2_000)]
    assert by_event(settled(invoice(10_000), events, [payee(plan())])) == {"p1": 1_000}


def test_small_payments_never_drift_from_the_whole() -> None:
    """10 % of 1.00 EUR paid in ten cents of ten: each cent is earned when half of it is reached."""
    events = [paid(f"p{day}", f"2026-03-{day:02}", 3) for day in range(10, 20)]
    assert list(by_event(settled(invoice(30), events, [payee(plan())])).values()) == [1, 1, 1]
    assert sum(by_event(settled(invoice(30), events, [payee(plan())])).values()) == 3


def test_partners_on_the_same_terms_share_the_rounded_whole() -> None:
    terms = plan()
    payees = [payee(terms, partner=number, share=share) for number, share in ((1, 600_000), (2, 200_000), (3, 200_000))]
    assert amounts(settled(invoice(505), [paid("p1", "2026-03-15", 505)], payees)) == {
        ("p1", "1", 1): 30,
        ("p1", "1", 2): 10,
        ("p1", "1", 3): 10,
    }


def test_partners_with_different_plans_are_each_paid_by_their_own() -> None:
    fifth = plan(rules="\n  - {id: fifth, says: A fifth., percent: 20}")
    payees = [payee(plan(), partner=1, share=600_000), payee(fifth, partner=2, share=400_000)]
    assert amounts(settled(invoice(10_000), [paid("p1", "2026-03-15", 10_000)], payees)) == {
        ("p1", "1", 1): 600,
        ("p1", "1", 2): 800,
    }


def test_a_credit_note_before_payment_lowers_what_can_be_earned() -> None:
    events = [credited("c1", "2026-03-10", 2_500, 3_000), paid("p1", "2026-03-15", 9_000)]
    assert by_event(settled(invoice(10_000, gross=12_000), events, [payee(plan())])) == {"p1": 750}


def test_a_credit_note_and_its_refund_are_not_taken_back_twice() -> None:
    events = [
        paid("p1", "2026-03-15", 12_000),
        credited("c1", "2026-04-01", 2_500, 3_000),
        refunded("r1", "2026-04-05", 3_000),
    ]
    assert by_event(settled(invoice(10_000, gross=12_000), events, [payee(plan())])) == {"p1": 1_000, "c1": -250}
    refund_first = [events[0], refunded("r1", "2026-03-20", 3_000), events[1]]
    assert by_event(settled(invoice(10_000, gross=12_000), refund_first, [payee(plan())])) == {"p1": 1_000, "r1": -250}


def test_a_credit_of_one_line_moves_what_was_paid_to_the_others() -> None:
    """Half of 120.00 is paid; crediting the second line makes it the whole of the first."""
    events = [paid("p1", "2026-03-15", 6_000), credited("c1", "2026-04-01", 5_000, 6_000, "2")]
    assert amounts(settled(invoice(5_000, 5_000, gross=12_000), events, [payee(plan())])) == {
        ("p1", "1", 1): 250,
        ("c1", "1", 1): 250,
        ("p1", "2", 1): 250,
        ("c1", "2", 1): -250,
    }


def test_a_credit_of_the_whole_invoice_leaves_nothing() -> None:
    events = [paid("p1", "2026-03-15", 12_000), credited("c1", "2026-04-01", 10_000, 12_000)]
    assert by_event(settled(invoice(10_000, gross=12_000), events, [payee(plan())])) == {"p1": 1_000, "c1": -1_000}


def test_a_discount_line_lowers_the_others_in_proportion() -> None:
    settlement = settled(invoice(6_000, 4_000, -1_000), [paid("p1", "2026-03-15", 9_000)], [payee(plan())])
    assert amounts(settlement) == {("p1", "1", 1): 540, ("p1", "2", 1): 360}


def test_a_refund_after_the_claw_back_window_takes_nothing_back_and_says_so() -> None:
    terms = payee(plan(window="60"))
    last_day = [paid("p1", "2026-03-15", 10_000), refunded("r1", "2026-05-14", 10_000)]
    assert by_event(settled(invoice(10_000), last_day, [terms])) == {"p1": 1_000, "r1": -1_000}
    too_late = [paid("p1", "2026-03-15", 10_000), refunded("r1", "2026-05-15", 10_000)]
    settlement = settled(invoice(10_000), too_late, [terms])
    assert by_event(settlement) == {"p1": 1_000}
    assert [(none.event_key, none.reason) for none in settlement.nothing_due] == [
        ("r1", "Nothing is taken back: 2026-05-15 is more than 60 days after the payment of 2026-03-15.")
    ]


def test_the_window_counts_from_the_payment_a_refund_names() -> None:
    terms = payee(plan(window="60"))
    payments = [paid("p1", "2026-03-15", 5_000), paid("p2", "2026-05-01", 5_000)]
    of_first = settled(invoice(10_000), [*payments, refunded("r1", "2026-05-20", 5_000, "p1")], [terms])
    assert by_event(of_first) == {"p1": 500, "p2": 500}
    of_latest = settled(invoice(10_000), [*payments, refunded("r1", "2026-05-20", 5_000)], [terms])
    assert by_event(of_latest) == {"p1": 500, "p2": 500, "r1": -500}


def test_each_payment_is_converted_at_the_rate_of_its_day_and_taken_back_at_what_it_was_earned_at() -> None:
    """1,000.00 USD each at 0.90 and 0.80 earn 90.00 and 80.00 EUR; half refunded takes back half of 170.00."""
    events = [
        paid("p1", "2026-03-15", 100_000),
        paid("p2", "2026-04-15", 100_000),
        refunded("r1", "2026-05-15", 100_000),
        refunded("r2", "2026-06-15", 100_000),
    ]
    by_day = rates(d2026_03_15="0.90", d2026_04_15="0.80")
    settlement = settled(invoice(200_000, currency="USD"), events, [payee(plan())], by_day)
    assert by_event(settlement) == {"p1": 9_000, "p2": 8_000, "r1": -8_500, "r2": -8_500}
    assert {entry.amount.currency for entry in settlement.entries} == {"EUR"}


@pytest.mark.parametrize(
    ("currency", "net", "rate", "earned"),
    [("JPY", 100_000, "0.0061", 6_100), ("KWD", 100_000, "3.00", 3_000)],
)
def test_conversion_counts_the_decimals_of_both_currencies(currency: str, net: int, rate: str, earned: int) -> None:
    """10 % of 100,000 JPY at 0.0061 is 61.00 EUR; 10 % of 100.000 KWD at 3.00 is 30.00 EUR."""
    events = [paid("p1", "2026-03-15", net)]
    settlement = settled(invoice(net, currency=currency), events, [payee(plan())], rates(d2026_03_15=rate))
    assert by_event(settlement) == {"p1": earned}


def test_without_an_exchange_rate_the_line_waits_for_review() -> None:
    events = [paid("p1", "2026-03-15", 10_000), paid("p2", "2026-04-15", 10_000)]
    settlement = settled(invoice(20_000, currency="USD"), events, [payee(plan())], rates(d2026_03_15="0.9"))
    assert settlement.entries == ()
    assert [(blocked.line_key, blocked.partner_id, blocked.reason) for blocked in settlement.blocked] == [
        ("1", 1, "No exchange rate from USD to EUR is known for 2026-04-15.")
    ]


def test_without_a_fact_the_plan_depends_on_the_line_waits_for_review() -> None:
    settlement = settled(invoice(10_000), [paid("p1", "2026-03-15", 10_000)], [payee(plan(uplifts=UPLIFTS))])
    assert settlement.entries == ()
    assert [(blocked.fact, blocked.reason) for blocked in settlement.blocked] == [
        ("deal.registered", "deal.registered is not known, and the plan depends on it.")
    ]


def test_without_a_plan_the_lines_wait_for_review() -> None:
    settlement = settled(invoice(1, 2), [paid("p1", "2026-03-15", 3)], [payee(None)])
    assert [(blocked.line_key, blocked.reason) for blocked in settlement.blocked] == [
        ("1", "No published plan covers 2026-03-01 on the partner's track."),
        ("2", "No published plan covers 2026-03-01 on the partner's track."),
    ]


def test_a_line_no_rule_applies_to_earns_nothing_and_says_why() -> None:
    terms = plan(rules="\n  - {id: new, says: New business., when: {line.kind: new}, percent: 10}")
    of = invoice(10_000, line_facts={"line.kind": "renewal"})
    settlement = settled(of, [paid("p1", "2026-03-15", 10_000)], [payee(terms)])
    assert (settlement.entries, settlement.blocked) == ((), ())
    assert [none.reason for none in settlement.nothing_due] == ["No rule of the plan applies to this line."]


def test_an_excluded_product_has_no_base() -> None:
    of = invoice(10_000, line_facts={"line.product": "Shipping"})
    settlement = settled(of, [paid("p1", "2026-03-15", 10_000)], [payee(plan(excluded="[Shipping]"))])
    assert [none.reason for none in settlement.nothing_due] == ["Shipping is excluded from commission by the plan."]


@pytest.mark.parametrize(("year", "earned"), [(1, 500), (2, 250), (3, None)])
def test_a_renewal_earns_the_share_of_its_year(year: int, earned: int | None) -> None:
    terms = plan(renewals="{shares: {1: 50, 2: 25}, afterwards: 0}")
    of = invoice(10_000, line_facts={"line.kind": "renewal", "line.renewal_year": year})
    settlement = settled(of, [paid("p1", "2026-03-15", 10_000)], [payee(terms)])
    assert by_event(settlement).get("p1") == earned
    assert bool(settlement.nothing_due) is (earned is None)


def test_a_renewal_without_its_year_waits_for_review() -> None:
    terms = plan(renewals="{shares: {1: 50}, afterwards: 0}")
    of = invoice(10_000, line_facts={"line.kind": "renewal", "line.renewal_year": 0})
    (blocked,) = settled(of, [paid("p1", "2026-03-15", 10_000)], [payee(terms)]).blocked
    assert blocked.reason == "line.renewal_year is 0, but the line is a renewal, and the plan depends on it."


def test_a_flat_amount_is_spread_over_the_lines_it_applies_to() -> None:
    """500.00 on lines of 75.00 and 25.00, half of them paid."""
    terms = plan(rules="\n  - {id: fee, says: A fee., flat: 500.00}")
    settlement = settled(invoice(7_500, 2_500), [paid("p1", "2026-03-15", 5_000)], [payee(terms)])
    assert amounts(settlement) == {("p1", "1", 1): 18_750, ("p1", "2", 1): 6_250}


def test_an_amount_per_unit_counts_the_quantity() -> None:
    terms = plan(rules="\n  - {id: seats, says: Seats., per_unit: 12.00}")
    settlement = settled(invoice(10_000, quantity=7), [paid("p1", "2026-03-15", 10_000)], [payee(terms)])
    assert by_event(settlement) == {"p1": 8_400}


@pytest.mark.parametrize(("mode", "earned"), [("marginal", 50_000 + 50_000), ("whole", 150_000)])
def test_bands_count_the_whole_invoice(mode: str, earned: int) -> None:
    """15,000.00: by slices 5 % of 10,000 and 10 % of 5,000; as a whole 10 % of 15,000."""
    steps = "[{from: 0, to: 10000, percent: 5}, {from: 10000, percent: 10}]"
    terms = plan(rules=f"\n  - {{id: size, says: By size., bands: {{mode: {mode}, steps: {steps}}}}}")
    settlement = settled(invoice(1_000_000, 500_000), [paid("p1", "2026-03-15", 1_500_000)], [payee(terms)])
    assert by_event(settlement) == {"p1": earned}


def test_an_amount_on_the_edge_of_a_band_belongs_to_the_band_it_begins() -> None:
    steps = "[{from: 0, to: 100, percent: 5}, {from: 100, percent: 10}]"
    terms = plan(rules=f"\n  - {{id: size, says: By size., bands: {{mode: whole, steps: {steps}}}}}")
    assert by_event(settled(invoice(10_000), [paid("p1", "2026-03-15", 10_000)], [payee(terms)])) == {"p1": 1_000}
    assert by_event(settled(invoice(9_999), [paid("p1", "2026-03-15", 9_999)], [payee(terms)])) == {"p1": 500}


def test_a_line_in_doubt_blocks_the_lines_whose_bands_depend_on_it() -> None:
    rules = """
  - {id: services, says: Services., when: {line.family: Services}, percent: 5}
  - {id: fee, says: A fee., flat: 500.00}
"""
    of = invoice(10_000)
    other = of.lines[0].__class__("2", 5_000, 1, {"line.family": "Platform"})
    both = of.__class__(of.key, of.currency, of.issued_on, 15_000, (*of.lines, other), {})
    settlement = settled(both, [paid("p1", "2026-03-15", 15_000)], [payee(plan(rules=rules))])
    assert settlement.entries == ()
    assert [blocked.line_key for blocked in settlement.blocked] == ["1", "2"]


@pytest.mark.parametrize(("rounding", "earned"), [("half_even", 2), ("half_up", 3), ("down", 2)])
def test_the_plan_says_how_halves_are_rounded(rounding: str, earned: int) -> None:
    terms = payee(plan(rounding=rounding))
    assert by_event(settled(invoice(25), [paid("p1", "2026-03-15", 25)], [terms])) == {"p1": earned}
