"""Days and hours people work in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tallystick.demo.chance import Chance

LONDON = ZoneInfo("Europe/London")


def working_day(day: date) -> date:
    """Return the day, or the Monday after a week-end."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def in_office_hours(day: date, chance: Chance) -> datetime:
    """Return an instant of that day between eight and five, universal time."""
    return datetime.combine(day, time(chance.between(8, 16), chance.between(0, 59)), tzinfo=UTC)
