"""What holds for every invoice, whatever is paid, refunded and credited, in whatever order it becomes known."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.commissions.rules.entries import Settlement
from tallystick.commissions.rules.facts import (
    PPM,
    CreditNoteFacts,
    Event,
    ExchangeRate,
    InvoiceFacts,
    LineFacts,
    Payee,
    PaymentFacts,
    RefundFacts,
)
from tallystick.commissions.rules.rating import PublishedPlan
from tallystick.commissions.rules.recomputation import recompute
from tallystick.commissions.rules.settlement import settle
from tallystick.kernel.allocation import allocate
from tests.unit.commissions.invoices import plan

PERCENT = plan(
    rules="\n  - {id: standard, says: A share., percent: 12.75}",
    uplifts="\n  - {id: more, says: More., when: {partner.tier: premier}, percent: 1.3}",
    renewals="{shares: {1: 33}, afterwards: 0}",
)
BANDS = plan(
    rules="\n  - {id: size, says: By size., bands: {mode: marginal, steps: "
    "[{from: 0, to: 50, percent: 7}, {from: 50, percent: 9.5}]}}",
    rounding="half_up",
)
WHOLE = plan(
    rules="\n  - {id: size, says: By size., bands: {mode: whole, steps: "
    "[{from: 0, to: 50, percent: 3}, {from: 50, percent: 11}]}}",
    currency="JPY",
)
FLAT = plan(rules="\n  - {id: fee, says: A fee., flat: 7.531}", currency="KWD", rounding="down")
UNITS = plan(rules="\n  - {id: seats, says: Seats., per_unit: 0.07}")
ALL_PLANS = [PERCENT, BANDS, WHOLE, FLAT, UNITS]
FIRST_DAY = date(2026, 1, 1)

days = st.integers(0, 200).map(lambda after: FIRST_DAY + timedelta(days=after))
amounts = st.one_of(st.integers(1, 10), st.integers(1, 10**6), st.integers(1, 10**12))


def any_rate(currency: str, plan_currency: str, day: date) -> ExchangeRate:
    """Return a rate that differs every day."""
    return ExchangeRate(Fraction(len(currency + plan_currency) * 1_000 + day.toordinal() % 97, 7_919), "test", day)


@st.composite
def invoices(draw: st.DrawFn) -> InvoiceFacts:
    nets = draw(st.lists(amounts, min_size=1, max_size=3))
    lines = [
        LineFacts(
            str(at),
            net,
            draw(st.integers(1, 9)),
            {"line.kind": draw(st.sampled_from(["new", "renewal"])), "line.renewal_year": draw(st.integers(1, 2))},
        )
        for at, net in enumerate(nets)
    ]
    if draw(st.booleans()):
        lines.append(LineFacts("discount", -draw(st.integers(1, min(nets))), 1, {"line.kind": "new"}))
    net = sum(line.net_minor for line in lines)
    gross = net + draw(st.sampled_from([0, net // 5, net // 3]))
    currency = draw(st.sampled_from(["EUR", "USD", "JPY", "KWD"]))
    return InvoiceFacts("INV-1", currency, FIRST_DAY, gross, tuple(lines), {})


@st.composite
def histories(draw: st.DrawFn, of: InvoiceFacts) -> list[Event]:
    """Return payments, refunds and credit notes on any days, also before or beyond what they refer to."""
    part = st.integers(1, max(of.gross_minor, 1) * 2)
    keys = st.sampled_from([line.key for line in of.lines])
    events: list[Event] = []
    for at in range(draw(st.integers(1, 5))):
        day, amount = draw(days), draw(part)
        events.append(
            draw(
                st.one_of(
                    st.just(PaymentFacts(f"p{at}", day, amount)),
                    st.just(RefundFacts(f"r{at}", day, amount)),
                    st.builds(
                        CreditNoteFacts, st.just(f"c{at}"), st.just(day), part, st.just(amount), st.none() | keys
                    ),
                )
            )
        )
    return events


@st.composite
def payees(draw: st.DrawFn) -> list[Payee]:
    """Return one to three partners, on one plan or on several, whose shares sum to one."""
    chosen = draw(st.lists(st.sampled_from(ALL_PLANS), min_size=1, max_size=3))
    if draw(st.booleans()):
        chosen = [chosen[0]] * len(chosen)
    shares = allocate(PPM, draw(st.lists(st.integers(1, 99), min_size=len(chosen), max_size=len(chosen))))
    return [
        Payee(number, share, terms, {"partner.tier": draw(st.sampled_from(["premier", "strategic"]))})
        for number, (share, terms) in enumerate(zip(shares, chosen, strict=True))
    ]


cases = invoices().flatmap(lambda of: st.tuples(st.just(of), histories(of), payees()))


def settled(of: InvoiceFacts, events: list[Event], paid_to: list[Payee]) -> Settlement:
    return settle(invoice=of, events=events, payees=paid_to, exchange_rate=any_rate)


def balances(settlement: Settlement) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for entry in settlement.entries:
        sums[entry.line.key, entry.partner_id] += entry.amount_minor
    return sums


def facts_of(settlement: Settlement) -> list[tuple[object, ...]]:
    return [(entry.key, entry.amount, entry.base, entry.explanation.digest()) for entry in settlement.entries]


@given(cases, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_and_repetition_of_facts_do_not_matter(
    case: tuple[InvoiceFacts, list[Event], list[Payee]],
    random: Random,
) -> None:
    of, events, paid_to = case
    shuffled = events + events[:2]
    random.shuffle(shuffled)
    assert facts_of(settled(of, shuffled, paid_to)) == facts_of(settled(of, events, paid_to))


@given(cases)
@settings(max_examples=150)
def test_a_replay_with_plans_that_remember_nothing_is_identical(
    case: tuple[InvoiceFacts, list[Event], list[Payee]],
) -> None:
    of, events, paid_to = case
    fresh = {id(terms): PublishedPlan(terms.plan, version=terms.version) for terms in ALL_PLANS}
    again = [Payee(one.partner_id, one.share_ppm, fresh[id(one.plan)], one.facts) for one in paid_to]
    assert facts_of(settled(of, events, again)) == facts_of(settled(of, events, paid_to))


@given(cases)
@settings(max_examples=200)
def test_no_more_is_ever_taken_back_than_was_earned(case: tuple[InvoiceFacts, list[Event], list[Payee]]) -> None:
    settlement = settled(*case)
    balance: dict[tuple[str, int], int] = defaultdict(int)
    in_time = sorted(settlement.entries, key=lambda entry: (entry.event.on, _rank(entry.event), entry.event.key))
    for entry in in_time:
        balance[entry.line.key, entry.partner_id] += entry.amount_minor
        assert balance[entry.line.key, entry.partner_id] >= 0


def _rank(event: Event) -> int:
    return ["payment", "credit_note", "refund"].index(event.kind)


@given(cases)
@settings(max_examples=200)
def test_a_full_refund_leaves_nothing(case: tuple[InvoiceFacts, list[Event], list[Payee]]) -> None:
    of, events, paid_to = case
    received = sum(event.amount_minor for event in events if isinstance(event, PaymentFacts))
    everything = RefundFacts("all", FIRST_DAY + timedelta(days=400), max(received, 1))
    assert not any(balances(settled(of, [*events, everything], paid_to)).values())


@given(cases)
@settings(max_examples=200)
def test_a_full_credit_leaves_nothing(case: tuple[InvoiceFacts, list[Event], list[Payee]]) -> None:
    of, events, paid_to = case
    net = sum(line.net_minor for line in of.lines)
    everything = CreditNoteFacts("all", FIRST_DAY + timedelta(days=400), max(net, 1), max(of.gross_minor, 1))
    assert not any(balances(settled(of, [*events, everything], paid_to)).values())


@given(cases)
@settings(max_examples=200)
def test_every_explanation_leads_to_its_amount(case: tuple[InvoiceFacts, list[Event], list[Payee]]) -> None:
    for entry in settled(*case).entries:
        assert recompute(entry.explanation) == entry.amount


@given(cases)
@settings(max_examples=200)
def test_the_parts_of_partners_on_the_same_terms_sum_to_what_one_would_have(
    case: tuple[InvoiceFacts, list[Event], list[Payee]],
) -> None:
    of, events, paid_to = case
    first = paid_to[0]
    together = [Payee(one.partner_id, one.share_ppm, first.plan, first.facts) for one in paid_to]
    alone = [Payee(0, PPM, first.plan, first.facts)]
    whole = {line: amount for (line, _), amount in balances(settled(of, events, alone)).items() if amount}
    sums: dict[str, int] = defaultdict(int)
    for (line, _), amount in balances(settled(of, events, together)).items():
        sums[line] += amount
    assert {line: amount for line, amount in sums.items() if amount} == whole
