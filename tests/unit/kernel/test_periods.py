"""Months, quarters and weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.periods import Month, Period, Quarter, Week, bounds, covers, day_of

BERLIN = ZoneInfo("Europe/Berlin")
PERIODS = [Month, Quarter, Week]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Month(2024, 2), date(2024, 2, 1), date(2024, 2, 29)),
        (Month(2025, 12), date(2025, 12, 1), date(2025, 12, 31)),
        (Quarter(2026, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (Quarter(2026, 4), date(2026, 10, 1), date(2026, 12, 31)),
        (Week(2026, 1), date(2025, 12, 29), date(2026, 1, 4)),
        (Week(2020, 53), date(2020, 12, 28), date(2021, 1, 3)),
    ],
)
def test_a_period_has_its_first_and_last_day(period: Period, first: date, last: date) -> None:
    assert (period.first_day, period.last_day) == (first, last)


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)), st.sampled_from(PERIODS))
def test_a_day_lies_in_the_period_containing_it_and_in_no_neighbour(
    day: date, kind: type[Month | Quarter | Week]
) -> None:
    period = kind.containing(day)
    assert covers(period, day)
    assert not covers(period.plus(1), day)
    assert not covers(period.plus(-1), day)
    assert kind.parse(str(period)) == period


def test_the_month_of_the_clock_change_lasts_an_hour_less() -> None:
    start, end = bounds(Month(2026, 3), zone=BERLIN)
    assert start == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 31, 22, tzinfo=UTC)


def test_an_instant_falls_on_the_day_of_the_zone() -> None:
    instant = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    assert day_of(instant, zone=BERLIN) == date(2026, 4, 1)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        day_of(datetime(2026, 3, 31, 22, 30), zone=BERLIN)  # noqa: DTZ001 - naive is the point


@pytest.mark.parametrize("text", ["2026-13", "2026-3", "March", ""])
def test_text_that_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        Month.parse(text)


def test_the_last_month_of_the_calendar_has_a_last_day_and_no_month_after_it() -> None:
    assert Month.parse("9999-12").last_day == date(9999, 12, 31)
    with pytest.raises(ValueError, match="The calendar knows no year 10000"):
        Month(9999, 12).plus(1)
    with pytest.raises(ValueError, match="The calendar knows no year 0"):
        Month.parse("0000-01")


def test_a_week_that_the_year_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid week"):
        Week(2026, 54)
