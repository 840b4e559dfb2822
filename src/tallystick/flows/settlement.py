"""When payments, decisions or plans change, commissions follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tallystick.commissions.services import SettleReport, settle_pending
from tallystick.platform.actors import Actor


def accrue(actor: Actor, *, at: datetime | None = None) -> Iterator[SettleReport]:
    """Settle every invoice that waits, chunk by chunk, now or as of `at`; yield the sum of what was done so far."""
    total = SettleReport()
    for report in settle_pending(actor, at=at):
        total = total.plus(report)
        yield total
