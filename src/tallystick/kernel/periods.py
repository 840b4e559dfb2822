"""Calendar periods as values: months, quarters and ISO weeks, with their first and last day.

Days are plain dates of whichever time zone the caller works in; `bounds` turns a period into the two instants (UTC,
the second one excluded) between which it lasts in a given zone, daylight saving included.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Period(Protocol):
    """What all periods have in common."""

    @property
    def first_day(self) -> date:
        """The first day that belongs to it."""
        ...

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        ...


def day_of(instant: datetime, *, zone: ZoneInfo) -> date:
    """Return the calendar day an aware instant falls on in the zone. Raises ValueError for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError("The instant has no time zone.")
    return instant.astimezone(zone).date()


def bounds(period: Period, *, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of the period and the first instant after it, both in UTC."""
    start = datetime.combine(period.first_day, time.min, tzinfo=zone)
    end = datetime.combine(period.last_day + timedelta(days=1), time.min, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def covers(period: Period, day: date) -> bool:
    """Say whether the day lies in the period, first and last day included."""
    return period.first_day <= day <= period.last_day


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written 2026-03."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if self.month not in range(1, 13):
            raise ValueError(f"{self.month} is not a month.")
        if self.year not in range(1, 10_000):
            raise ValueError(f"The calendar knows no year {self.year}.")

    @classmethod
    def containing(cls, day: date) -> Month:
        """Return the month the day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read "2026-03". Raises ValueError."""
        found = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if not found:
            raise ValueError(f"{text!r} is not a month. Write it like 2026-03.")
        return cls(int(found[1]), int(found[2]))

    @property
    def first_day(self) -> date:
        """The first day that belongs to it."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> Month:
        """Return the month so many months later, or earlier when negative."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, written 2026-Q1."""

    year: int
    quarter: int

    def __post_init__(self) -> None:
        if self.quarter not in range(1, 5):
            raise ValueError(f"{self.quarter} is not a quarter.")

    @classmethod
    def containing(cls, day: date) -> Quarter:
        """Return the quarter the day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read "2026-Q1". Raises ValueError."""
        found = re.fullmatch(r"(\d{4})-Q([1-4])", text)
        if not found:
            raise ValueError(f"{text!r} is not a quarter. Write it like 2026-Q1.")
        return cls(int(found[1]), int(found[2]))

    @property
    def months(self) -> tuple[Month, Month, Month]:
        """Its three months in order."""
        first = Month(self.year, self.quarter * 3 - 2)
        return first, first.plus(1), first.plus(2)

    @property
    def first_day(self) -> date:
        """The first day that belongs to it."""
        return self.months[0].first_day

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.months[2].last_day

    def plus(self, quarters: int) -> Quarter:
        """Return the quarter so many quarters later, or earlier when negative."""
        year, quarter = divmod(self.year * 4 + self.quarter - 1 + quarters, 4)
        return Quarter(year, quarter + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-Q{self.quarter}"


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week, Monday to Sunday, written 2026-W09. Its year is the one its Thursday lies in."""

    year: int
    week: int

    def __post_init__(self) -> None:
        date.fromisocalendar(self.year, self.week, 1)

    @classmethod
    def containing(cls, day: date) -> Week:
        """Return the week the day lies in."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @classmethod
    def parse(cls, text: str) -> Week:
        """Read "2026-W09". Raises ValueError."""
        found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
        if not found:
            raise ValueError(f"{text!r} is not a week. Write it like 2026-W09.")
        return cls(int(found[1]), int(found[2]))

    @property
    def first_day(self) -> date:
        """The first day that belongs to it."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.first_day + timedelta(days=6)

    def plus(self, weeks: int) -> Week:
        """Return the week so many weeks later, or earlier when negative."""
        return Week.containing(self.first_day + timedelta(weeks=weeks))

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.week:02d}"
