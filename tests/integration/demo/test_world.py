"""The made-up world: the same for the same day on any machine, whole, and with the figures screens are made for."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.demo import facts
from tallystick.demo.cast import partner_plans
from tallystick.demo.chance import Chance, Turns
from tallystick.demo.world import World, build_world

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@cache
def world(now: datetime = NOON) -> World:
    return build_world(now=now)


def all_facts(of: World) -> dict[str, tuple[facts.Fact, ...]]:
    """Give every fact by the name another fact refers to it by."""
    return {
        "account": of.accounts,
        "product": of.products,
        "opportunity": of.opportunities,
        "subscription": tuple(of.books.subscriptions),
        "invoice": tuple(of.books.invoices),
        "line": tuple(of.books.lines),
        "payment": tuple(of.books.payments),
        "contact": of.contacts,
        "stage_change": of.stage_changes,
        "sales_activity": of.sales_activities,
        "refund": tuple(of.books.refunds),
        "credit_note": tuple(of.books.credit_notes),
        "exchange_rate": of.exchange_rates,
        "touch": of.touches,
    }


def test_the_same_instant_gives_the_same_world() -> None:
    assert build_world(now=NOON).digest() == world().digest()
    assert world().digest() == "4f3e63847c710b78b9b1097a5395dd64485b01271ddc383b2482d91953a9e232"


def test_another_day_gives_another_world() -> None:
    assert build_world(now=datetime(2026, 11, 23, 12, 0, tzinfo=UTC)).digest() != world().digest()


def test_the_world_has_the_size_of_three_years() -> None:
    counts = {name: len(found) for name, found in all_facts(world()).items()}
    assert counts == {
        "account": 440,
        "contact": 899,
        "product": 7,
        "opportunity": 1_593,
        "stage_change": 7_089,
        "sales_activity": 2_338,
        "touch": 820,
        "subscription": 505,
        "invoice": 653,
        "line": 755,
        "payment": 634,
        "refund": 10,
        "credit_note": 13,
        "exchange_rate": 1_602,
    }
    assert len(world().claims) == 137
    assert len(world().partners) == 16


def test_opportunities_end_as_they_did() -> None:
    opportunities = world().opportunities
    assert Counter(deal.status for deal in opportunities) == {"won": 505, "lost": 932, "open": 156}
    assert Counter(deal.kind for deal in opportunities) == {"new": 1_040, "expansion": 360, "renewal": 193}
    won: Counter[str] = Counter()
    for deal in opportunities:
        if deal.status == "won":
            won[deal.currency] += deal.amount_minor
    assert won == {"GBP": 5_597_700_00, "EUR": 7_821_200_00, "USD": 6_073_100_00}


def test_every_key_stands_for_one_fact_and_every_reference_finds_it() -> None:
    known = {name: {fact.key for fact in found} for name, found in all_facts(world()).items()}
    for name, found in all_facts(world()).items():
        assert len(known[name]) == len(found), name
        for fact in found:
            for entry in fields(fact):
                value = getattr(fact, entry.name)
                if entry.name in known and value is not None:
                    assert value in known[entry.name], (fact.key, entry.name)


def test_nothing_is_known_before_it_happens_or_after_the_anchor() -> None:
    anchor = date(2026, 11, 20)
    for found in all_facts(world()).values():
        assert all(fact.seen_on <= (fact.changed_on or fact.seen_on) <= anchor for fact in found)
    assert all(touch.happened_on <= touch.learned_on <= anchor for touch in world().touches)
    assert all(claim.submitted_at <= (claim.decided_at or NOON) <= NOON for claim in world().claims)


def test_invoices_are_the_sum_of_their_lines_and_nobody_pays_more() -> None:
    books = world().books
    for invoice in books.invoices:
        lines = [line for line in books.lines if line.invoice == invoice.key]
        assert invoice.net_minor == sum(line.net_minor for line in lines)
        assert invoice.tax_minor == sum(line.tax_minor for line in lines)
        paid = sum(payment.amount_minor for payment in books.payments if payment.invoice == invoice.key)
        credited = sum(note.net_minor + note.tax_minor for note in books.credit_notes if note.invoice == invoice.key)
        assert paid + credited <= invoice.gross_minor


def test_refunds_give_back_what_was_paid_at_most() -> None:
    paid = {payment.key: payment.amount_minor for payment in world().books.payments}
    for refund in world().books.refunds:
        assert refund.amount_minor <= paid[refund.payment]


def test_first_deals_of_partners_come_sooner_year_by_year() -> None:
    days = {
        plan.name: (plan.first_deal_on - plan.joined_on).days
        for plan in partner_plans(date(2026, 11, 20))
        if plan.first_deal_on
    }
    by_joining = sorted((plan for plan in world().partners if plan.name in days), key=lambda plan: plan.joined_on)
    assert [days[plan.name] for plan in by_joining] == [109, 96, 104, 112, 101, 83, 92, 79, 88, 67, 49, 58, 46, 41, 33]


@pytest.mark.parametrize("now", [NOON, datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2027, 7, 14, 9, tzinfo=UTC)])
def test_three_registrations_wait_on_any_day_the_oldest_for_26_hours(now: datetime) -> None:
    waiting = [claim for claim in world(now).claims if claim.decided_at is None and claim.outcome == "waiting"]
    assert [(now - claim.submitted_at).total_seconds() / 3600 for claim in waiting] == [26.0, 19.0, 3.0]


def test_draws_are_the_same_on_any_machine() -> None:
    chance = Chance("a", 1)
    assert [chance.between(1, 6) for _ in range(10)] == [6, 6, 1, 4, 5, 6, 6, 4, 6, 3]
    assert Chance("b").shuffled("tally") == ["t", "l", "l", "y", "a"]


@given(
    weights=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 50), min_size=2),
    sizes=st.lists(st.integers(1, 100), min_size=1, max_size=60),
)
def test_turns_give_every_key_its_share_within_two_of_the_largest(weights: dict[str, int], sizes: list[int]) -> None:
    turns: Turns[str] = Turns()
    got: Counter[str] = Counter()
    for size in sizes:
        got[turns.take(weights, size=size)] += size
    for key, weight in weights.items():
        due = sum(sizes) * weight / sum(weights.values())
        assert abs(got[key] - due) <= len(weights) * max(sizes)
