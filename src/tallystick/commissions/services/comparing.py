"""Compare what an invoice should have earned with what is booked, and say which lines to reverse and write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tallystick.commissions.models import CommissionLine
from tallystick.commissions.rules.entries import CommissionEntry, Settlement
from tallystick.commissions.services.loading import Claim, Plans
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.money import Money
from tallystick.platform.database.bulk import any_of


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be written: its columns but for posting and booking day, which the ledger gives."""

    columns: dict[str, Any]
    sequence: int
    content_hash: str

    @property
    def line_key(self) -> str:
        """Return event, invoice line and partner: what the line is for."""
        return str(self.columns["line_key"])

    @property
    def amount(self) -> Money:
        """Return what the line gives, or takes back below zero."""
        return Money(self.columns["amount_minor"], self.columns["currency"])

    @property
    def posting_key(self) -> str:
        """Return the idempotency key of the line's posting: the line's own key and sequence."""
        return f"commission:{self.line_key}:{self.sequence}"

    @property
    def description(self) -> str:
        """Return what the ledger shows for the line."""
        if self.columns["reverses_id"]:
            return f"Reversal of commission line {self.columns['reverses_id']}"
        kind = self.columns["event_kind"].replace("_", " ")
        return f"Commission on invoice line {self.columns['invoice_line_id']}: {kind} {self.columns['event_id']}"


@dataclass(frozen=True, slots=True)
class Blocked:
    """An invoice line, or a whole invoice, that waits for review for one partner."""

    invoice_id: int
    invoice_line_id: int | None
    partner_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Books:
    """The lines of some invoices that count, and the last sequence used for every line key."""

    standing: dict[int, list[CommissionLine]]
    last_sequence: dict[str, int]


def load_books(invoice_ids: Sequence[int]) -> Books:
    """Read the booked lines of the invoices; a line that was reversed, or reverses one, no longer counts."""
    lines = list(CommissionLine.objects.filter(invoice_id__in=any_of(invoice_ids)).order_by("line_key", "sequence"))
    reversed_ids = {line.reverses_id for line in lines if line.reverses_id}
    standing: dict[int, list[CommissionLine]] = defaultdict(list)
    for line in lines:
        if line.reverses_id is None and line.pk not in reversed_ids:
            standing[line.invoice_id].append(line)
    return Books(standing=standing, last_sequence={line.line_key: line.sequence for line in lines})


@dataclass(slots=True)
class Changes:
    """What must be written so that the books say what the facts say."""

    books: Books
    lines: list[NewLine] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    written: int = 0
    reversed: int = 0

    def add(self, claim: Claim, settlement: Settlement, plans: Plans) -> None:
        """Add what one invoice's settlement changes."""
        wanted = {columns["line_key"]: columns for columns in _wanted(claim, settlement.entries, plans)}
        hashes = {key: _content_hash(columns) for key, columns in wanted.items()}
        for line in self.books.standing.get(claim.invoice_id, ()):
            # A key that stood twice would be right once; its second line is reversed.
            if line.line_key in wanted and hashes[line.line_key] == line.content_hash:
                del wanted[line.line_key]
            else:
                self._append(_reversing(line), line.content_hash)
                self.reversed += 1
        for key, columns in wanted.items():
            self._append(columns, hashes[key])
            self.written += 1
        self.blocked += [
            Blocked(claim.invoice_id, claim.line_ids.get(blocked.line_key), blocked.partner_id, blocked.reason)
            for blocked in settlement.blocked
        ]

    def _append(self, columns: dict[str, Any], content_hash: str) -> None:
        key = columns["line_key"]
        sequence = self.books.last_sequence.get(key, 0) + 1
        self.books.last_sequence[key] = sequence
        self.lines.append(NewLine(columns=columns, sequence=sequence, content_hash=content_hash))


def _wanted(claim: Claim, entries: Iterable[CommissionEntry], plans: Plans) -> Iterator[dict[str, Any]]:
    for entry in entries:
        event_id = claim.event_ids[entry.event.kind, entry.event.key]
        line_id = claim.line_ids[entry.line.key]
        base = entry.base
        yield {
            "partner_id": entry.partner_id,
            "invoice_id": claim.invoice_id,
            "invoice_line_id": line_id,
            "decision_id": claim.decision_id,
            "plan_id": plans.id_of(entry.working.plan),
            "event_kind": entry.event.kind,
            "event_id": event_id,
            "line_key": f"{entry.event.kind}:{event_id}:{line_id}:{entry.partner_id}",
            "reverses_id": None,
            "rule": entry.rule,
            "base_minor": base.minor,
            "base_currency": base.currency,
            "amount_minor": entry.amount_minor,
            "currency": entry.amount.currency,
            "earned_on": entry.event.on,
            "held_until": entry.held_until,
            "explanation": canonical_json(entry.explanation.as_json()),
        }


def _content_hash(columns: dict[str, Any]) -> str:
    """Return SHA-256 over what makes a line this line; the decision's version is not part of it, its shares are."""
    named = [columns[name] for name in ("rule", "base_minor", "base_currency", "amount_minor", "currency")]
    days = [columns["earned_on"].isoformat(), columns["held_until"].isoformat()]
    return sha256_hex(f"{canonical_json([*named, *days])}\n{columns['explanation']}")


def _reversing(line: CommissionLine) -> dict[str, Any]:
    kept = (
        "partner_id",
        "invoice_id",
        "invoice_line_id",
        "decision_id",
        "plan_id",
        "event_kind",
        "event_id",
        "line_key",
        "rule",
        "base_currency",
        "currency",
        "earned_on",
        "held_until",
    )
    return {
        **{name: getattr(line, name) for name in kept},
        "explanation": canonical_json(line.explanation),
        "reverses_id": line.pk,
        "base_minor": -line.base_minor,
        "amount_minor": -line.amount_minor,
    }
