"""What settling an invoice gives: entries with their explanation, blocked lines, and what nothing is due for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from tallystick.commissions.rules.explaining import explain
from tallystick.commissions.rules.facts import Event, LineFacts, Payee
from tallystick.commissions.rules.working import Working
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.rounding import Rounding, round_ratio


class EntryKind(StrEnum):
    """Whether an entry adds to what the partner has, or takes back."""

    EARNED = "earned"
    CLAWED_BACK = "clawed_back"


class CommissionEntry(NamedTuple):
    """What one partner earns, or gives back, from one event on one invoice line.

    Event, line and partner are its key. `amount_minor` is never zero; in the plan's currency. `moment` and `position`
    say which event and which partner of the working it is. (A named tuple: a million of them are made in a run.)
    """

    event: Event
    line: LineFacts
    payee: Payee
    amount_minor: int
    working: Working
    moment: int
    position: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Event kind, event, invoice line and partner."""
        return self.event.kind, self.event.key, self.line.key, self.payee.partner_id

    @property
    def partner_id(self) -> int:
        """The partner who earns or gives back."""
        return self.payee.partner_id

    @property
    def rule(self) -> str:
        """The id of the plan's rule that counts."""
        return self.working.terms.rule.id

    @property
    def amount(self) -> Money:
        """What is earned, or below zero what is taken back, in the plan's currency."""
        return Money(self.amount_minor, self.working.plan.plan.currency)

    @property
    def kind(self) -> EntryKind:
        """Earned or clawed back, by the sign of the amount."""
        return EntryKind.EARNED if self.amount_minor > 0 else EntryKind.CLAWED_BACK

    @property
    def base(self) -> Money:
        """What the event changed of the line's paid net, in the invoice's currency, rounded for reading.

        The amount is computed from the exact base. An event too small to earn a minor unit has no entry.
        """
        before, after = self.working.before(self.moment), self.working.progress[self.moment]
        was, now = (round_ratio(line.base_n, line.base_d, Rounding.HALF_EVEN) for line in (before, after))
        return Money(now - was, self.working.invoice.currency)

    @property
    def held_until(self) -> date:
        """The last day of the hold: what is earned waits the plan's days, what is taken back does not wait."""
        wait = self.working.plan.plan.hold_days if self.amount_minor > 0 else 0
        return self.event.on + timedelta(days=wait)

    @property
    def explanation(self) -> Explanation:
        """Why the amount is what it is; `recompute` gives the amount from it alone."""
        return explain(
            self.working,
            moment_at=self.moment,
            position=self.position,
            amount_minor=self.amount_minor,
            held_until=self.held_until,
        )


@dataclass(frozen=True, slots=True)
class BlockedLine:
    """A line whose commission for a partner waits for review: a fact is not known, and nothing is paid by default."""

    line_key: str
    partner_id: int
    fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class NothingDue:
    """What a partner earns nothing for, or gives nothing back for: a line, or an event, and the reason."""

    partner_id: int
    line_key: str | None
    event_key: str | None
    reason: str


class Settlement(NamedTuple):
    """Everything the facts of one invoice lead to."""

    entries: tuple[CommissionEntry, ...]
    blocked: tuple[BlockedLine, ...]
    nothing_due: tuple[NothingDue, ...]
