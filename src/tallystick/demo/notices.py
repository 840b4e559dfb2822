"""What the people of the demo were told: its last month, read but for the last days, and nothing of it mailed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tallystick.flows.notifications.stream import take_up_silently
from tallystick.platform.models import Notice

UNREAD_DAYS: Final = timedelta(days=3)


def tell(*, now: datetime) -> None:
    """Tell the people of the workspace in scope what happened; what is older than some days they have read."""
    take_up_silently(at=now)
    Notice.objects.filter(at__lt=now - UNREAD_DAYS).update(read_at=now)
