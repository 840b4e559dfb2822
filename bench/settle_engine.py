"""The settling engine, which can explain each line, against hand-written Python that cannot (target 5: ≥ 0.25 ×).

Both do the same work: events in order, payments and refunds, the claw-back window, conditions, an uplift, shares of two
partners by largest remainder, cumulative rounding, the hold. They must agree to the cent.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from stage import ROUNDS, interleaved, medians, scaled, table

from tallystick.commissions.rules.facts import InvoiceFacts, LineFacts, Payee, PaymentFacts, RefundFacts
from tallystick.commissions.rules.rating import PublishedPlan
from tallystick.commissions.rules.settlement import settle
from tallystick.programmes.rules.reading import read_plan

INVOICES = scaled(50_000)
PLAN = """
plan: Resellers
track: reseller
currency: EUR
valid_from: 2020-01-01
trigger: payment_received
base: {amount: net}
rules:
  - {id: long, says: 12 % from 24 months on, when: {deal.term_months: {gte: 24}}, percent: 12}
  - {id: base, says: 10 % of what the customer paid, percent: 10}
uplifts:
  - {id: registered, says: 2 % more, when: {deal.registered: true}, percent: 2}
hold_days: 30
claw_back: {window_days: 180, method: proportional}
rounding: {mode: half_even}
"""
HOLD, WINDOW = timedelta(days=30), timedelta(days=180)


def invoices() -> list[tuple[InvoiceFacts, list[PaymentFacts | RefundFacts], list[tuple[int, int, bool]]]]:
    """Return invoices of two lines with one to three events and one or two partners."""
    chance = Random(7)  # noqa: S311
    made = []
    for number in range(INVOICES):
        nets = (chance.randrange(10_000, 900_000), chance.randrange(10_000, 900_000))
        gross = sum(nets) * 6 // 5
        facts = {"deal.term_months": chance.choice([12, 24, 36])}
        invoice = InvoiceFacts(
            f"I{number}",
            "EUR",
            date(2026, 1, 5),
            gross,
            tuple(LineFacts(str(at), net, 1, {}) for at, net in enumerate(nets, start=1)),
            facts,
        )
        events: list[PaymentFacts | RefundFacts] = [PaymentFacts("p1", date(2026, 2, 1), gross // 2)]
        if number % 2:
            events.append(PaymentFacts("p2", date(2026, 3, 1), gross - gross // 2))
        if number % 10 == 0:
            events.append(RefundFacts("r1", date(2026, 3, 9), gross // 4))
        shares = [(1, 600_000, True), (2, 400_000, False)] if number % 4 == 0 else [(1, 1_000_000, number % 3 == 0)]
        made.append((invoice, events, shares))
    return made


def by_engine(world: list, plan: PublishedPlan) -> int:
    """Settle every invoice and return the sum of all entries."""
    total = 0
    for invoice, events, shares in world:
        payees = [Payee(partner, ppm, plan, {"deal.registered": registered}) for partner, ppm, registered in shares]
        settled = settle(invoice=invoice, events=events, payees=payees, exchange_rate=lambda *_: None)
        total += sum(entry.amount_minor for entry in settled.entries)
    return total


def by_hand(world: list) -> int:
    """Compute the same lines with the plan written into the code."""
    total = 0
    for invoice, events, shares in world:
        total += sum(amount for *_, amount in hand_lines(invoice, events, shares))
    return total


def hand_lines(invoice: InvoiceFacts, events: list, shares: list) -> list[tuple[str, str, int, date, int]]:
    """Return event, line, partner, end of the hold and amount of every line."""
    ordered = sorted(events, key=lambda event: (event.on, 0 if event.kind == "payment" else 2, event.key))
    base_percent = 12 if invoice.facts["deal.term_months"] >= 24 else 10
    lines = []
    for line in invoice.lines:
        for partner, ppm, registered in shares:
            percent = base_percent + (2 if registered else 0)
            paid, booked, last = 0, 0, None
            for event in ordered:
                if event.kind == "payment":
                    paid += event.amount_minor
                    last = event.on
                elif last is not None and event.on - last > WINDOW:
                    continue
                else:
                    paid -= event.amount_minor
                kept = min(paid, invoice.gross_minor)
                now = half_even(line.net_minor * kept * percent * ppm, invoice.gross_minor * 100 * 1_000_000)
                if now != booked:
                    until = event.on + HOLD if now > booked else event.on
                    lines.append((event.key, line.key, partner, until, now - booked))
                booked = now
    return lines


def half_even(numerator: int, denominator: int) -> int:
    """Round a quotient half to even."""
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (twice > denominator or (twice == denominator and whole % 2 == 1))


def main() -> None:
    """Measure and print."""
    plan = PublishedPlan(read_plan(PLAN), version=1)
    world = invoices()
    if by_engine(world, plan) != by_hand(world):
        raise SystemExit("The two disagree.")
    lines = sum(len(hand_lines(*one)) for one in world)
    times = interleaved(ROUNDS, hand=lambda: by_hand(world), engine=lambda: by_engine(world, plan))
    (_, hand), (_, engine) = medians(times["hand"]), medians(times["engine"])
    table(
        f"{INVOICES:,} invoices, {lines:,} lines, median of {ROUNDS} interleaved rounds (CPU)",
        ["What", "CPU", "Lines a second", "Against by hand"],
        [
            ["hand-written, cannot explain", f"{hand:.2f} s", f"{lines / hand:,.0f}", "1"],
            ["engine, can explain", f"{engine:.2f} s", f"{lines / engine:,.0f}", f"{hand / engine:.2f} ×"],
        ],
    )


if __name__ == "__main__":
    main()
