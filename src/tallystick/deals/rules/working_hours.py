"""Working time: hours that run on working days only. Whole weekends are left out, single holidays are not known."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SATURDAY: Final = 5


def working_hours_later(start: datetime, *, hours: int, zone: ZoneInfo) -> datetime:
    """Return the instant that many hours after `start`, the weekends of the zone left out; in `start`'s time zone."""
    left = timedelta(hours=hours)
    moment = start.astimezone(zone)
    while True:
        midnight = datetime.combine(moment.date() + timedelta(days=1), time.min)
        wall = moment.replace(tzinfo=None)
        if moment.weekday() < SATURDAY:
            if wall + left <= midnight:
                return (wall + left).replace(tzinfo=zone).astimezone(start.tzinfo)
            left -= midnight - wall
        moment = midnight.replace(tzinfo=zone)
