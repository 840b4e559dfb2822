"""Pure rules of delivery: when a message is tried again, what an answer means, when an endpoint is given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before the second attempt, the third and so on, as Standard Webhooks suggests."""
MOST_ATTEMPTS: Final = len(WAITS) + 1
LONGEST_WAIT: Final = timedelta(hours=24)
"""However long a receiver asks us to stay away."""
GIVEN_UP_AFTER: Final = timedelta(days=5)
"""An endpoint that has taken nothing for so long is paused."""
OVERLAPS: Final[Sequence[int]] = (0, 1, 24, 72)
"""For how many hours the old secret may go on signing beside the new one."""


class Verdict(StrEnum):
    """What follows from an attempt."""

    DELIVERED = "delivered"
    AGAIN = "again"
    FAILED = "failed"
    GONE = "gone"


def verdict(status: int | None, *, attempts: int) -> Verdict:
    """Judge an attempt by the status of the answer, None where there was none, and by how many were made with it.

    2xx is success; 410 says that nobody is there any more. Everything else, redirects included, is tried again while
    attempts are left.
    """
    if status is not None and 200 <= status < 300:
        return Verdict.DELIVERED
    if status == 410:
        return Verdict.GONE
    return Verdict.AGAIN if attempts < MOST_ATTEMPTS else Verdict.FAILED


def next_attempt_at(*, attempts: int, retry_after: timedelta, at: datetime) -> datetime:
    """Give the instant of the next attempt after so many: the table's wait, or longer where the receiver asks."""
    return at + max(WAITS[attempts - 1], min(retry_after, LONGEST_WAIT))


def retry_after_of(text: str, *, at: datetime) -> timedelta:
    """Read a Retry-After header, in seconds or as a date; nothing, or nonsense, is no wait."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    return max(when.replace(tzinfo=when.tzinfo or UTC) - at, timedelta(0))


def is_given_up(*, failing_since: datetime, at: datetime) -> bool:
    """Tell whether an endpoint has failed for so long that it is paused."""
    return at - failing_since >= GIVEN_UP_AFTER
