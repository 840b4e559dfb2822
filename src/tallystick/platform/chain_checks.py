"""Checks of the whole chain, kept: what the last one found, and what may be said of an entry by it and by a look now.

A look now costs the same however long the chain is (`verify_from`); the whole chain is walked every night and by
`tallystick audit verify`. See docs/explanation/activity.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tallystick.platform.activity import ChainReport, verify_chain, verify_from
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry, ChainCheck
from tallystick.platform.tenancy import current_workspace_id


class ChainBroken(ValueError):
    """The chain of a workspace does not hold; the message says where, for whoever looks after the installation."""


class Whole(StrEnum):
    """What the last check of the whole chain says of an entry."""

    NEVER = "never"
    EARLIER = "earlier"
    FITTED = "fitted"
    CHANGED_BEFORE = "changed_before"
    CHANGED_SINCE = "changed_since"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entry stands: by a look at it and those near it now, and by the last check of the whole chain.

    `checked_at` is when that was, None where there was none yet. A change before the entry leaves it standing: its own
    hash stands on the receipt.
    """

    near: ChainReport
    whole: Whole
    checked_at: datetime | None = None
    broken_then: int | None = None

    @property
    def holds(self) -> bool:
        """Tell whether nothing that is known speaks against the entry or what followed it."""
        return self.near.holds and self.whole is not Whole.CHANGED_SINCE

    @property
    def broken_at(self) -> int | None:
        """Return where the chain no longer fits from the entry on, by the look now or else by the last check."""
        if not self.near.holds:
            return self.near.broken_at
        return self.broken_then if self.whole is Whole.CHANGED_SINCE else None


MISSING = Standing(ChainReport(0, "", 0, "its entry is missing"), Whole.NEVER)
"""How an entry stands that is not there."""


def check_chain(actor: Actor, *, at: datetime) -> ChainReport:
    """Walk the whole chain of the workspace in scope, and keep what was found."""
    report = verify_chain()
    ChainCheck.objects.create(
        workspace_id=current_workspace_id(),
        checked_at=at,
        checked_by_label=actor.label,
        entries=report.entries,
        last_hash=report.last_hash,
        broken_at=report.broken_at,
        reason=report.reason[:200],
    )
    return report


def standing_of(entry: ActivityEntry) -> Standing:
    """Say how an entry stands. Six queries, whose cost does not grow with the chain."""
    last = ChainCheck.objects.order_by("-pk").first()
    near = verify_from(entry)
    if last is None:
        return Standing(near, Whole.NEVER)
    return Standing(near, whole_by(last, position=entry.position), last.checked_at, last.broken_at)


def whole_by(last: ChainCheck, *, position: int) -> Whole:
    """Say what a check of the whole chain says of the entry at a position."""
    if last.broken_at is not None:
        return Whole.CHANGED_BEFORE if last.broken_at < position else Whole.CHANGED_SINCE
    return Whole.FITTED if last.entries >= position else Whole.EARLIER
