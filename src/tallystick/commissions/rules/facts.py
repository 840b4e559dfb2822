"""What settling an invoice has to know: the invoice, what was paid and taken back, and who is paid by which plan.

Amounts are integers of the invoice currency's minor units; days are dates in the workspace's time zone. Keys are
whatever the caller tells its rows apart by; they order events of one day and appear in explanations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from tallystick.kernel.currencies import minor_units
from tallystick.kernel.explanations import FactValue

if TYPE_CHECKING:
    from tallystick.commissions.rules.rating import PublishedPlan

PPM: Final = 1_000_000
"""Shares are integers of parts per million; a partner who is paid alone has all of them."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of the invoice: its net amount, quantity and the facts called `line.…`."""

    key: str
    net_minor: int
    quantity: int
    facts: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice: its gross amount, its lines, and the facts called `invoice.…`, `customer.…` and `deal.…`."""

    key: str
    currency: str
    issued_on: date
    gross_minor: int
    lines: tuple[LineFacts, ...]
    facts: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """Money received on the invoice, gross."""

    key: str
    on: date
    amount_minor: int

    kind: ClassVar[str] = "payment"


@dataclass(frozen=True, slots=True)
class CreditNoteFacts:
    """Part of the invoice taken back, net and gross: of one line, or of the whole invoice without `line_key`."""

    key: str
    on: date
    net_minor: int
    gross_minor: int
    line_key: str | None = None

    kind: ClassVar[str] = "credit_note"

    @property
    def amount_minor(self) -> int:
        """What it takes off the invoice, with tax."""
        return self.gross_minor


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money given back, gross; of one payment, or of the latest one so far without `payment_key`."""

    key: str
    on: date
    amount_minor: int
    payment_key: str | None = None

    kind: ClassVar[str] = "refund"


Event: TypeAlias = PaymentFacts | CreditNoteFacts | RefundFacts


@dataclass(frozen=True, slots=True)
class Payee:
    """A partner with a share in the deal, the plan it is paid by, and its facts: `partner.…` and `deal.registered`.

    `plan` is the version valid on the day the invoice was issued; None when there is none, which blocks the lines.
    """

    partner_id: int
    share_ppm: int
    plan: PublishedPlan | None
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How many units of the plan's currency one unit of the invoice's was worth, on which day, and who says so."""

    rate: Fraction
    source: str
    day: date


RateLookup: TypeAlias = Callable[[str, str, date], ExchangeRate | None]
"""`lookup(from_currency, to_currency, day)`; None when no rate is known. Never asked for equal currencies."""


def minor_rate(rate: Fraction, currency: str, plan_currency: str) -> Fraction:
    """Return an exchange rate between units of two currencies as the rate between their minor units."""
    return rate * Fraction(minor_units(plan_currency), minor_units(currency))
