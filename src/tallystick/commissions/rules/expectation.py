"""What an open deal would earn a partner: the same rules, before there is an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from tallystick.commissions.rules.entries import CommissionEntry
from tallystick.commissions.rules.facts import PPM, InvoiceFacts, LineFacts, Payee, PaymentFacts, RateLookup
from tallystick.commissions.rules.rating import PublishedPlan
from tallystick.commissions.rules.settlement import settle
from tallystick.kernel.explanations import Explanation, FactValue
from tallystick.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Expectation:
    """The commission to expect with its explanation, or the reason why none can be named.

    `amount` is None when a fact is missing and zero when the plan pays nothing; `reason` says so in both cases.
    """

    amount: Money | None
    explanation: Explanation | None
    reason: str | None


def expected_commission(
    *,
    plan: PublishedPlan,
    facts: Mapping[str, FactValue],
    amount: Money,
    on: date,
    exchange_rate: RateLookup,
    share_ppm: int = PPM,
    quantity: int = 1,
) -> Expectation:
    """Return what the partner would earn if the deal were invoiced as one line and paid in full on the day.

    `facts` are those known so far under their names; `amount` is net of tax, and the result in the plan's currency.
    """
    line = LineFacts("expected", amount.minor, quantity, facts)
    invoice = InvoiceFacts("expected", amount.currency, on, amount.minor, (line,), facts)
    settlement = settle(
        invoice=invoice,
        events=[PaymentFacts("expected", on, amount.minor)],
        payees=[Payee(0, share_ppm, plan, facts)],
        exchange_rate=exchange_rate,
    )
    if settlement.blocked:
        return Expectation(None, None, settlement.blocked[0].reason)
    if not settlement.entries:
        reason = next((none.reason for none in settlement.nothing_due), "The plan pays nothing for this amount.")
        return Expectation(Money(0, plan.plan.currency), None, reason)
    entry = settlement.entries[0]
    return Expectation(entry.amount, _supposed(entry, amount), None)


def _supposed(entry: CommissionEntry, amount: Money) -> Explanation:
    """Return the entry's explanation in words that do not say anything has happened."""
    event, *steps = entry.explanation.steps
    supposed = replace(event, sentence=f"Suppose {amount} without tax is invoiced and paid in full.")
    return replace(
        entry.explanation,
        subject="commission to expect from an open deal",
        conclusion=f"{entry.amount} would be earned.",
        steps=(supposed, *steps),
    )
