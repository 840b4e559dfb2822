"""Putting earned lines together for approval, and who may approve them.

A line may be approved once its hold is over; what is taken back does not wait. The money of a run is the sum of its
lines and nothing else, whatever order they are read in. Specified in docs/explanation/commissions.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tallystick.kernel.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A commission line that is in no live run; `held_until` is the last day of its hold."""

    id: int
    partner_id: int
    amount_minor: int
    content_hash: str
    booked_on: date
    held_until: date


@dataclass(frozen=True, slots=True)
class Composed:
    """The lines of a run with their figures; `given_minor` is zero or more, `taken_minor` zero or less."""

    lines: tuple[OpenLine, ...]
    given_minor: int
    taken_minor: int
    digest: str

    @property
    def total_minor(self) -> int:
        """Return given plus taken: what the run adds to what partners are owed on statements."""
        return self.given_minor + self.taken_minor


def is_earned(line: OpenLine, *, through: date) -> bool:
    """Say whether a line counts by the day and its hold is over with it."""
    return line.booked_on <= through and line.held_until <= through


def compose(lines: Iterable[OpenLine], *, through: date) -> Composed:
    """Return all that is earned by the day as a run, by id; a line that comes twice counts once."""
    earned = {line.id: line for line in lines if is_earned(line, through=through)}
    chosen = tuple(earned[key] for key in sorted(earned))
    return Composed(
        lines=chosen,
        given_minor=sum(line.amount_minor for line in chosen if line.amount_minor > 0),
        taken_minor=sum(line.amount_minor for line in chosen if line.amount_minor < 0),
        digest=digest_of((line.id, line.content_hash) for line in chosen),
    )


def digest_of(lines: Iterable[tuple[int, str]]) -> str:
    """Return SHA-256 over ids and content hashes, by id, a line each: it tells for ever what was approved."""
    return sha256_hex("\n".join(f"{line_id} {content_hash}" for line_id, content_hash in sorted(lines)))


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """What a workspace asks of approvals (policy); the limit is in minor units of the workspace's currency."""

    four_eyes_above_minor: int = 100_000
    rate_age_days: int = 4
    change_percent: int = 25
    version: int = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """Who did something: a person by id, or a command or job by its label alone."""

    person_id: int | None
    label: str


def four_eyes_refusal(*, preparer: Hand, approver: Hand, given_minor: int | None, terms: ApprovalTerms) -> str:
    """Return why the approver may not approve what the preparer prepared; "" where nothing speaks against it.

    `given_minor` is what the run pays, in the workspace's currency; None where there is no exchange rate for it, which
    counts as above the limit. Above it a person approves, and another one than prepared.
    """
    if given_minor is not None and given_minor <= terms.four_eyes_above_minor:
        return ""
    if approver.person_id is None:
        return "Above the limit a person approves, not a command."
    if approver.person_id == preparer.person_id:
        return f"{preparer.label} prepared this run; above the limit somebody else approves it."
    return ""
