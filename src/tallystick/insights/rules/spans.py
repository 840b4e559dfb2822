"""The stretches of days that figures are taken over: to date, and as many days of the period before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never

from tallystick.kernel.periods import Month, Week


class PeriodKind(StrEnum):
    """The periods a screen offers."""

    WEEK = "week"
    QUARTER = "quarter"
    YEAR = "year"


class Comparison(StrEnum):
    """What a running period is compared with."""

    PREVIOUS = "previous"
    YEAR_BEFORE = "year_before"


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row, first and last included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1


def to_date(kind: PeriodKind, *, on: date, fiscal_year_start: int) -> Span:
    """Return the running period up to a day; quarters and years are those of the fiscal calendar."""
    return Span(_first_day(kind, on, fiscal_year_start), on)


def period_before(kind: PeriodKind, *, on: date, fiscal_year_start: int) -> Span:
    """Return as many days of the period before, so that a running period is compared with its like.

    Where the period before is shorter it is taken whole.
    """
    now = to_date(kind, on=on, fiscal_year_start=fiscal_year_start)
    last_day_before = now.first_day - timedelta(days=1)
    first = _first_day(kind, last_day_before, fiscal_year_start)
    return Span(first, min(first + timedelta(days=now.days - 1), last_day_before))


def year_before(span: Span) -> Span:
    """Return the same days a year earlier; 29 February is compared with the 28th."""
    return Span(_a_year_earlier(span.first_day), _a_year_earlier(span.last_day))


def compared_span(kind: PeriodKind, against: Comparison, *, on: date, fiscal_year_start: int) -> Span:
    """Return the days a running period is compared with."""
    match against:
        case Comparison.PREVIOUS:
            return period_before(kind, on=on, fiscal_year_start=fiscal_year_start)
        case Comparison.YEAR_BEFORE:
            return year_before(to_date(kind, on=on, fiscal_year_start=fiscal_year_start))
        case _:
            assert_never(against)


def days_back(on: date, days: int) -> Span:
    """Return the last days up to a day, that day included."""
    return Span(on - timedelta(days=days - 1), on)


def last_complete_week(on: date) -> Week:
    """Return the week that ends on the day, or the last one that has ended before."""
    week = Week.containing(on)
    return week if week.last_day == on else week.plus(-1)


def _a_year_earlier(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28) if is_leap_day else day.replace(year=day.year - 1)


def _first_day(kind: PeriodKind, on: date, fiscal_year_start: int) -> date:
    month = Month.containing(on)
    match kind:
        case PeriodKind.WEEK:
            return Week.containing(on).first_day
        case PeriodKind.QUARTER:
            return month.plus(-((on.month - fiscal_year_start) % 3)).first_day
        case PeriodKind.YEAR:
            return month.plus(-((on.month - fiscal_year_start) % 12)).first_day
        case _:
            assert_never(kind)
