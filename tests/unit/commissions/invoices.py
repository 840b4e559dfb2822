"""Plans, invoices and events that the tests of commissions are written with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

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
from tallystick.commissions.rules.settlement import settle
from tallystick.kernel.explanations import FactValue
from tallystick.programmes.rules.reading import read_plan

RULES = """
  - id: standard
    says: 10 % of what the customer paid.
    percent: 10
"""
UPLIFTS = """
  - {id: registered, says: The deal was registered., when: {deal.registered: true}, percent: 2}
"""
ISSUED = date(2026, 3, 1)


def plan(
    *,
    rules: str = RULES,
    uplifts: str = " []",
    renewals: str = "null",
    currency: str = "EUR",
    window: str = "null",
    rounding: str = "half_even",
    excluded: str = "[]",
) -> PublishedPlan:
    """Return version 3 of a referral plan with the given parts."""
    text = f"""\
plan: Referral 2026
track: referral
currency: {currency}
valid_from: 2026-01-01
trigger: payment_received
base: {{amount: net, excluded_products: {excluded}}}
rules:{rules}
uplifts:{uplifts}
renewals: {renewals}
hold_days: 30
claw_back: {{window_days: {window}, method: proportional}}
rounding: {{mode: {rounding}}}
"""
    return PublishedPlan(read_plan(text), version=3)


def invoice(
    *nets: int,
    gross: int | None = None,
    currency: str = "EUR",
    facts: Mapping[str, FactValue] | None = None,
    line_facts: Mapping[str, FactValue] | None = None,
    quantity: int = 1,
) -> InvoiceFacts:
    """Return an invoice with a line for each net amount; without `gross` there is no tax."""
    lines = tuple(LineFacts(str(at), net, quantity, line_facts or {}) for at, net in enumerate(nets, start=1))
    return InvoiceFacts("INV-7", currency, ISSUED, sum(nets) if gross is None else gross, lines, facts or {})


def paid(key: str, on: str, amount: int) -> Event:
    return PaymentFacts(key, date.fromisoformat(on), amount)


def refunded(key: str, on: str, amount: int, payment: str | None = None) -> Event:
    return RefundFacts(key, date.fromisoformat(on), amount, payment)


def credited(key: str, on: str, net: int, gross: int, line: str | None = None) -> Event:
    return CreditNoteFacts(key, date.fromisoformat(on), net, gross, line)


def payee(
    of: PublishedPlan | None, *, partner: int = 1, share: int = PPM, facts: Mapping[str, FactValue] | None = None
) -> Payee:
    return Payee(partner, share, of, facts or {})


def no_rate(currency: str, plan_currency: str, day: date) -> None:
    """Know no exchange rate at all."""
    del currency, plan_currency, day


def rates(**by_day: str) -> Mapping[date, ExchangeRate]:
    """Return rates by day: `rates(d2026_03_15="0.92")`."""
    days = {date.fromisoformat(name.removeprefix("d").replace("_", "-")): rate for name, rate in by_day.items()}
    return {day: ExchangeRate(Fraction(rate), "ECB", day) for day, rate in days.items()}


def settled(
    of: InvoiceFacts,
    events: Sequence[Event],
    payees: Sequence[Payee],
    by_day: Mapping[date, ExchangeRate] | None = None,
) -> Settlement:
    """Settle with the rates of the days given, and none for other days."""

    def lookup(_currency: str, _plan_currency: str, day: date) -> ExchangeRate | None:
        return (by_day or {}).get(day)

    return settle(invoice=of, events=events, payees=payees, exchange_rate=lookup)


def amounts(settlement: Settlement) -> dict[tuple[str, str, int], int]:
    """Return the minor amounts by event, line and partner."""
    return {(entry.event.key, entry.line.key, entry.partner_id): entry.amount_minor for entry in settlement.entries}


def by_event(settlement: Settlement) -> dict[str, int]:
    """Return the sums by event."""
    sums: dict[str, int] = defaultdict(int)
    for entry in settlement.entries:
        sums[entry.event.key] += entry.amount_minor
    return dict(sums)
