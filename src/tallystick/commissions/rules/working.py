"""The figures behind commission entries, before anybody asks to read them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from tallystick.commissions.rules.facts import ExchangeRate, InvoiceFacts, LineFacts, Payee
from tallystick.commissions.rules.history import Moment
from tallystick.commissions.rules.rating import PublishedPlan, Terms


class Progress(NamedTuple):
    """Where a line stands after an event: its base, what is earned on it, and the rate of the day, if one was needed.

    Both are exact fractions, in minor units of the invoice's and of the plan's currency, as numerator and denominator.
    """

    base_n: int
    base_d: int
    earned_n: int
    earned_d: int
    exchange_rate: ExchangeRate | None

    @property
    def base(self) -> Fraction:
        """The net of the line that counts as paid."""
        return Fraction(self.base_n, self.base_d)

    @property
    def earned(self) -> Fraction:
        """What all partners on these terms would have earned, had they the whole share."""
        return Fraction(self.earned_n, self.earned_d)


NOTHING_YET = Progress(0, 1, 0, 1, None)


class Working(NamedTuple):
    """How one line earns for the partners who are paid on the same terms; all their entries point here.

    `line_net` is the line as issued and `commissionable` the sum of the lines its rule applies to. `payees` and their
    `shares` in parts per million go together, and so do `moments` and `progress`, one for each event.
    """

    invoice: InvoiceFacts
    at: int
    line_net: int
    plan: PublishedPlan
    terms: Terms
    commissionable: int
    payees: list[Payee]
    shares: tuple[int, ...]
    moments: Sequence[Moment]
    progress: list[Progress]

    @property
    def line(self) -> LineFacts:
        """The invoice line."""
        return self.invoice.lines[self.at]

    def before(self, index: int) -> Progress:
        """Return where the line stood before an event."""
        return self.progress[index - 1] if index else NOTHING_YET
