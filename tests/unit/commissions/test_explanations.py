"""Explanations of commission entries: readable, and enough to compute the amount again."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

from tallystick.commissions.rules.expectation import expected_commission
from tallystick.commissions.rules.recomputation import recompute
from tallystick.commissions.rules.wording import day_words, money_words, percent_words, rate_words
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tests.unit.commissions.invoices import (
    UPLIFTS,
    invoice,
    no_rate,
    paid,
    payee,
    plan,
    rates,
    refunded,
    settled,
)


def test_a_finance_person_can_follow_every_step() -> None:
    events = [paid("p1", "2026-03-15", 720_000), paid("p2", "2026-04-10", 720_000)]
    terms = payee(plan(uplifts=UPLIFTS), facts={"deal.registered": True})
    entry = settled(invoice(900_000, 300_000, gross=1_440_000), events, [terms]).entries[1]
    explanation = entry.explanation
    assert explanation.subject == "commission on invoice INV-7, line 1"
    assert explanation.policy == f"plan referral@3#{entry.working.plan.plan.hash[:6]}"
    assert explanation.conclusion == "540.00 EUR is earned."
    assert [step.sentence for step in explanation.steps] == [
        (
            "On 10 April 2026 the customer paid 7,200.00 EUR. "
            "Of the invoice's 14,400.00 EUR with tax, 14,400.00 EUR is now paid."
        ),
        (
            "The same part of the line's net 9,000.00 EUR counts as paid: 9,000.00 EUR × 14,400.00 EUR ÷ 14,400.00 EUR"
            " = 9,000.00 EUR. Before, it was 4,500.00 EUR."
        ),
        "Rule standard: 10 % of what the customer paid.",
        "Uplift registered adds 2 %: The deal was registered. It applies because the deal is registered.",
        "4,500.00 EUR × 12 % = 540.00 EUR. With 540.00 EUR earned before, 1,080.00 EUR is earned so far.",
        (
            "The partner's part, rounded half to even, is 1,080.00 EUR so far. "
            "540.00 EUR of it was there before, so this entry is 540.00 EUR."
        ),
        "It is held for 30 days, until 10 May 2026.",
    ]


def test_a_claw_back_says_what_it_takes_back_and_at_which_terms() -> None:
    events = [paid("p1", "2026-03-15", 10_000), refunded("r1", "2026-05-20", 2_500)]
    entry = settled(invoice(10_000), events, [payee(plan())]).entries[1]
    assert entry.explanation.conclusion == "2.50 EUR is taken back."
    assert entry.explanation.step("event").sentence == (
        "On 20 May 2026 25.00 EUR was given back to the customer. Of the invoice's 100.00 EUR with tax, "
        "75.00 EUR is now paid."
    )
    assert entry.explanation.step("earned").sentence == (
        "What was earned shrinks as what is paid does, at the terms it was earned at: "
        "10.00 EUR × 75.00 EUR ÷ 100.00 EUR = 7.50 EUR."
    )


def test_an_exchange_rate_stands_with_its_day_and_source() -> None:
    events = [paid("p1", "2026-03-15", 10_000)]
    by_day = rates(d2026_03_15="0.92")
    (entry,) = settled(invoice(10_000, currency="USD"), events, [payee(plan())], by_day).entries
    step = entry.explanation.step("exchange_rate")
    assert step.sentence == "1 USD = 0.92 EUR on 15 March 2026, by ECB."
    assert step.facts["rate"] == "23/25"
    assert entry.explanation.step("earned").sentence.startswith("100.00 USD × 10 % at 0.92 = 9.20 EUR.")


def test_the_amount_follows_from_the_explanation_alone() -> None:
    events = [paid("p1", "2026-03-15", 333), paid("p2", "2026-04-15", 667), refunded("r1", "2026-05-15", 500)]
    steps = "[{from: 0, to: 5, percent: 5}, {from: 5, percent: 10}]"
    banded = f"\n  - {{id: size, says: By size., bands: {{mode: marginal, steps: {steps}}}}}"
    terms = plan(rules=banded, uplifts="\n  - {id: more, says: More., percent: 1.5}")
    payees = [payee(terms, partner=1, share=600_000), payee(terms, partner=2, share=400_000)]
    by_day = rates(d2026_03_15="0.92", d2026_04_15="0.93")
    settlement = settled(invoice(1_000, currency="USD"), events, payees, by_day)
    assert len(settlement.entries) == 6
    for entry in settlement.entries:
        stored = json.loads(json.dumps(entry.explanation.as_json()))
        assert recompute(Explanation.from_json(stored)) == entry.amount


def test_recomputing_does_not_read_the_results_the_explanation_states() -> None:
    events = [paid("p1", "2026-03-15", 10_000)]
    (entry,) = settled(invoice(10_000), events, [payee(plan())]).entries
    explanation = entry.explanation.as_json()
    for step in explanation["steps"]:
        stated = {"so_far", "earned", "base"} | ({"amount"} if step["rule"] == "split" else set())
        step["facts"] = {name: 999_999 if name in stated else value for name, value in step["facts"].items()}
    assert recompute(Explanation.from_json(explanation)) == Money(1_000, "EUR")


def test_an_open_deal_is_expected_to_earn_by_the_same_rules() -> None:
    expected = expected_commission(
        plan=plan(uplifts=UPLIFTS),
        facts={"deal.registered": True},
        amount=Money(1_000_000, "EUR"),
        on=date(2026, 6, 1),
        exchange_rate=no_rate,
        share_ppm=500_000,
    )
    assert expected.amount == Money(60_000, "EUR")
    assert expected.reason is None
    assert expected.explanation is not None
    assert recompute(expected.explanation) == Money(60_000, "EUR")
    assert expected.explanation.conclusion == "600.00 EUR would be earned."


def test_an_open_deal_with_an_unknown_fact_is_expected_to_earn_nothing_that_could_be_named() -> None:
    expected = expected_commission(
        plan=plan(uplifts=UPLIFTS), facts={}, amount=Money(1, "EUR"), on=date(2026, 6, 1), exchange_rate=no_rate
    )
    assert (expected.amount, expected.reason) == (None, "deal.registered is not known, and the plan depends on it.")


def test_an_open_deal_no_rule_applies_to_is_expected_to_earn_zero() -> None:
    terms = plan(rules="\n  - {id: new, says: New., when: {deal.kind: new}, percent: 10}")
    expected = expected_commission(
        plan=terms,
        facts={"deal.kind": "renewal"},
        amount=Money(1_000, "EUR"),
        on=date(2026, 6, 1),
        exchange_rate=no_rate,
    )
    assert (expected.amount, expected.reason) == (Money(0, "EUR"), "No rule of the plan applies to this line.")


def test_figures_are_written_as_finance_people_write_them() -> None:
    assert money_words(720_000, "EUR") == "7,200.00 EUR"
    assert money_words(-5, "EUR") == "-0.05 EUR"
    assert money_words(1_500, "JPY") == "1,500 JPY"
    assert money_words(Fraction(1, 3), "EUR") == "0.003333 EUR"
    assert money_words(Fraction(4), "KWD") == "0.004 KWD"
    assert percent_words(Fraction(1, 8)) == "12.5 %"
    assert percent_words(Fraction(1, 3)) == "33.3333 %"
    assert percent_words(Fraction(1)) == "100 %"
    assert rate_words(Fraction(23, 25)) == "0.92"
    assert rate_words(Fraction(161)) == "161"
    assert day_words(date(2026, 3, 5)) == "5 March 2026"
