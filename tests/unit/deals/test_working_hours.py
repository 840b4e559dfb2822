"""Working time, worked out by hand: weekends, holidays, and the days on which the clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.working_hours import CalendarRefused, Holiday, WorkingCalendar, read_calendar

LONDON = read_calendar(
    {"name": "UK", "hours": "09:00-17:30", "country": "GB", "subdivision": "ENG"}, zone="Europe/London"
)
NEW_YORK = read_calendar({"name": "US", "hours": "09:00-17:00", "country": "US"}, zone="America/New_York")
ROUND_THE_CLOCK = WorkingCalendar(zone="Europe/London", name="Round the clock", days=frozenset(range(7)))
WHOLE_DAYS = WorkingCalendar(zone="Europe/London")
CAIRO = read_calendar({"days": ["sun", "mon", "tue", "wed", "thu", "fri"]}, zone="Africa/Cairo")
EVERY = (LONDON, NEW_YORK, ROUND_THE_CLOCK, WHOLE_DAYS, CAIRO)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        # Whole days: Friday 8.5 + Monday 24 + Tuesday 15.5.
        (WHOLE_DAYS, "2026-10-02T15:30", 48, "2026-10-06T15:30"),
        # Asked on a Saturday: Monday 24 + Tuesday 24, due when Tuesday ends.
        (WHOLE_DAYS, "2026-10-03T10:00", 48, "2026-10-07T00:00"),
        # Office hours: Friday 15:30 to 17:30, then 6 hours of Monday.
        (LONDON, "2026-10-02T15:30", 8, "2026-10-05T15:00"),
        # Early May bank holiday on Monday 4 May 2026.
        (LONDON, "2026-05-01T16:30", 2, "2026-05-05T10:00"),
        # Christmas Day, and Boxing Day on the Monday since 26 December 2026 is a Saturday.
        (LONDON, "2026-12-24T17:00", 1, "2026-12-29T09:30"),
        # Clocks go forward in London on Sunday 29 March 2026: the 23 hours of that day are skipped like any Sunday.
        (LONDON, "2026-03-27T17:00", 1, "2026-03-30T09:30"),
        (ROUND_THE_CLOCK, "2026-03-28T12:00", 24, "2026-03-29T13:00"),
        # And back on Sunday 25 October 2026: that day has 25 hours.
        (ROUND_THE_CLOCK, "2026-10-24T12:00", 24, "2026-10-25T11:00"),
        # Thanksgiving, Thursday 26 November 2026.
        (NEW_YORK, "2026-11-25T16:00", 4, "2026-11-27T12:00"),
        # The clocks of New York go forward on 8 March 2026 and back on 1 November 2026, both Sundays.
        (NEW_YORK, "2026-03-06T16:30", 1, "2026-03-09T09:30"),
        (NEW_YORK, "2026-10-30T16:30", 1, "2026-11-02T09:30"),
        # In Egypt the clocks go forward on Friday 24 April 2026 at midnight: that working day has 23 hours.
        (CAIRO, "2026-04-23T12:00", 36, "2026-04-26T01:00"),
    ],
)
def test_an_answer_is_due_after_working_hours_alone(
    calendar: WorkingCalendar, start: str, hours: int, due: str
) -> None:
    begun, ends = local(start, calendar.zone), local(due, calendar.zone)
    assert calendar.due(begun, timedelta(hours=hours)) == ends
    assert calendar.elapsed(begun, ends) == timedelta(hours=hours)


def test_one_instant_is_worked_at_by_two_regions_in_their_own_hours() -> None:
    asked = datetime(2026, 11, 25, 20, tzinfo=UTC)  # 20:00 in London, 15:00 in New York, the day before Thanksgiving
    assert LONDON.due(asked, timedelta(hours=4)) == datetime(2026, 11, 26, 13, tzinfo=UTC)
    assert NEW_YORK.due(asked, timedelta(hours=4)) == datetime(2026, 11, 27, 16, tzinfo=UTC)


def test_own_holidays_come_on_top_of_the_public_ones() -> None:
    calendar = read_calendar(
        {"country": "DE", "subdivision": "BY", "holidays": {"2026-12-24": "Christmas Eve"}}, zone="Europe/Berlin"
    )
    thursday = local("2026-12-23T12:00", calendar.zone)
    due = calendar.due(thursday, timedelta(hours=24))
    assert due == local("2026-12-28T12:00", calendar.zone)
    assert calendar.left_out(thursday, due) == (
        Holiday(date(2026, 12, 24), "Christmas Eve"),
        Holiday(date(2026, 12, 25), "Christmas Day"),
    )
    assert read_calendar(calendar.as_json(), zone="UTC") == calendar


def test_nothing_passes_backwards_or_outside_of_work() -> None:
    friday, sunday = local("2026-10-02T17:30", "Europe/London"), local("2026-10-04T12:00", "Europe/London")
    assert LONDON.elapsed(friday, sunday) == timedelta(0)
    assert LONDON.elapsed(sunday, friday) == timedelta(0)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"days": []}, None),
        ({"days": ["monday"]}, "“monday” is no day of the week"),
        ({"hours": "17:00-09:00"}, "A working day ends after it begins."),
        ({"hours": "nine to five"}, "write them like 09:00-17:30"),
        ({"zone": "Mars/Olympus"}, "“Mars/Olympus” is no time zone"),
        ({"country": "XX"}, "No public holidays are known for “XX”"),
        ({"country": "GB", "subdivision": "BY"}, "No public holidays are known for “GB-BY”"),
        ({"subdivision": "BY"}, "Name the country"),
        ({"holidays": {"Christmas": "yes"}}, "begins with its day"),
        ({"colour": "red"}, "“colour” is no part of a calendar"),
    ],
)
def test_a_calendar_with_a_mistake_is_refused_with_what_to_write(document: dict[str, object], says: str | None) -> None:
    if says is None:
        assert read_calendar(document, zone="UTC").days == frozenset(range(5))
        return
    with pytest.raises(CalendarRefused, match=says):
        read_calendar(document, zone="UTC")


STARTS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001 - UTC is added
TIMES = st.timedeltas(timedelta(0), timedelta(hours=200))


@given(st.sampled_from(EVERY), STARTS, TIMES, TIMES)
def test_time_in_two_parts_is_due_when_the_whole_is(
    calendar: WorkingCalendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.due(start, first + second) == calendar.due(calendar.due(start, first), second)


@given(st.sampled_from(EVERY), STARTS, TIMES, TIMES)
def test_more_time_is_never_due_earlier_and_all_of_it_has_passed_then(
    calendar: WorkingCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    due = calendar.due(start, one)
    assert start <= due
    assert (one <= other) <= (due <= calendar.due(start, other))
    assert calendar.elapsed(start, due) == one


@given(st.sampled_from(EVERY), STARTS, STARTS, STARTS)
def test_elapsed_time_adds_up(calendar: WorkingCalendar, one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    assert calendar.elapsed(first, last) == calendar.elapsed(first, middle) + calendar.elapsed(middle, last)
