"""When payments, decisions or plans change, commissions follow."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.commissions.services import SettleReport, settle_pending
from tallystick.platform.actors import Actor


def accrue(actor: Actor) -> Iterator[SettleReport]:
    """Settle every invoice that waits, chunk by chunk, and yield the sum of what was done so far."""
    total = SettleReport()
    for report in settle_pending(actor):
        total = total.plus(report)
        yield total
