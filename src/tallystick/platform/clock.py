"""The one place that reads the clock; rules and services below the edge are given their time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(tz=UTC)


def today(time_zone: str) -> date:
    """Return today's date in the named IANA time zone."""
    return datetime.now(tz=ZoneInfo(time_zone)).date()
