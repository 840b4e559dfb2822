"""Working time: hours that run on the working days of a calendar, between its hours, holidays left out.

Specified in docs/explanation/deal-registration.md. All arithmetic is on instants: an hour is sixty minutes, also on the
day the clocks are put forward or back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SATURDAY: Final = 5
MONDAY_TO_FRIDAY: Final = frozenset(range(SATURDAY))
MIDNIGHT: Final = time.min
DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_LOOK: Final = 10 * 366
"""Days in which due times are looked for: a calendar with less work than that is a mistake."""


class CalendarRefused(ValueError):
    """The calendar cannot be kept; the message says what is wrong and what to write."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day without work that no public calendar knows."""

    on: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """When a region works: its days, its daily hours, its holidays, in its own time zone.

    `opens` and `closes` both midnight are whole days. Public holidays are those of `country` (ISO 3166-1) and
    `subdivision` (ISO 3166-2 without the country), none where `country` is empty; `own_holidays` come on top.
    """

    zone: str
    name: str = "Whole working days"
    days: frozenset[int] = MONDAY_TO_FRIDAY
    opens: time = MIDNIGHT
    closes: time = MIDNIGHT
    country: str = ""
    subdivision: str = ""
    own_holidays: tuple[Holiday, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a calendar without work."""
        if not self.days or not self.days <= frozenset(range(7)):
            raise CalendarRefused("A calendar needs at least one working day.")
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise CalendarRefused("A working day ends after it begins.")

    @property
    def is_whole_days(self) -> bool:
        """Tell whether work goes on round the clock on working days."""
        return self.opens == self.closes == MIDNIGHT

    def holiday(self, day: date) -> str:
        """Return what the day is called where it is a holiday, else nothing."""
        own = next((each.name for each in self.own_holidays if each.on == day), "")
        return own or _public_holidays(self.country, self.subdivision, day.year).get(day, "")

    def works_on(self, day: date) -> bool:
        """Tell whether there is work on a day."""
        return day.weekday() in self.days and not self.holiday(day)

    def due(self, start: datetime, after: timedelta) -> datetime:
        """Return the instant at which that much working time has passed since `start`; in `start`'s time zone.

        Nothing after nothing: `due(start, 0)` is `start`. `due(start, a + b)` is `due(due(start, a), b)`, and a longer
        time is never due earlier. Time that runs out when work ends is due then, not on the next morning.
        """
        if after <= timedelta(0):
            return start
        left = after
        for begins, ends in self._shifts(start):
            if left <= ends - begins:
                return (begins + left).astimezone(start.tzinfo)
            left -= ends - begins
        raise CalendarRefused(f"The calendar “{self.name}” has too little work to count {after} from {start:%d %b %Y}.")

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two instants; nothing where the second comes first."""
        passed = timedelta(0)
        for begins, ends in self._shifts(start):
            if begins >= end:
                break
            passed += min(ends, end.astimezone(UTC)) - begins
        return passed

    def left_out(self, start: datetime, end: datetime) -> tuple[Holiday, ...]:
        """Return the holidays between two instants on which there would have been work, for words about a clock."""
        first, last = (moment.astimezone(self._zone).date() for moment in (start, end))
        every = (first + timedelta(days=number) for number in range(min((last - first).days, LONGEST_LOOK) + 1))
        return tuple(Holiday(day, name) for day in every if day.weekday() in self.days and (name := self.holiday(day)))

    def as_json(self) -> dict[str, Any]:
        """Return the calendar as it is kept with what was started under it."""
        return {
            "name": self.name,
            "zone": self.zone,
            "days": [DAY_NAMES[number] for number in sorted(self.days)],
            "hours": "" if self.is_whole_days else f"{self.opens:%H:%M}-{self.closes:%H:%M}",
            "country": self.country,
            "subdivision": self.subdivision,
            "holidays": {each.on.isoformat(): each.name for each in self.own_holidays},
        }

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def _shifts(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the times of work from an instant on, as instants in UTC."""
        zone, since = self._zone, start.astimezone(UTC)
        first = start.astimezone(zone).date()
        for number in range(LONGEST_LOOK):
            day = first + timedelta(days=number)
            if not self.works_on(day):
                continue
            last_day = day if self.closes != MIDNIGHT else day + timedelta(days=1)
            begins = max(datetime.combine(day, self.opens, tzinfo=zone).astimezone(UTC), since)
            ends = datetime.combine(last_day, self.closes, tzinfo=zone).astimezone(UTC)
            if begins < ends:
                yield begins, ends


def read_calendar(document: Mapping[str, Any], *, zone: str) -> WorkingCalendar:
    """Read a calendar as it is written in a document; `zone` is taken where it names none.

    Raises CalendarRefused with what is wrong: an unknown key, day, zone, country or subdivision, hours that end before
    they begin.
    """
    known = {"name", "zone", "days", "hours", "country", "subdivision", "holidays"}
    if unknown := sorted(set(document) - known):
        raise CalendarRefused(f"“{unknown[0]}” is no part of a calendar; there are {', '.join(sorted(known))}.")
    opens, closes = _hours(str(document.get("hours") or ""))
    calendar = WorkingCalendar(
        name=str(document.get("name") or "Whole working days"),
        zone=_zone_name(str(document.get("zone") or zone)),
        days=_days(document.get("days") or DAY_NAMES[:SATURDAY]),
        opens=opens,
        closes=closes,
        country=str(document.get("country") or "").upper(),
        subdivision=str(document.get("subdivision") or "").upper(),
        own_holidays=_own_holidays(document.get("holidays") or {}),
    )
    _require_known_country(calendar)
    return calendar


@lru_cache(maxsize=512)
def _public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    if not country:
        return {}
    # Loading the package takes a second or two, which a program that keeps no public holidays must not wait for.
    import holidays

    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US").items())


def _require_known_country(calendar: WorkingCalendar) -> None:
    if not calendar.country:
        if calendar.subdivision:
            raise CalendarRefused("Name the country of the subdivision.")
        return
    try:
        _public_holidays(calendar.country, calendar.subdivision, 2026)
    except NotImplementedError:
        where = "-".join(filter(None, (calendar.country, calendar.subdivision)))
        raise CalendarRefused(
            f"No public holidays are known for “{where}”. Write the country as in ISO 3166, such as GB or DE, and a "
            "part of it such as SCT or BY."
        ) from None


def _zone_name(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        raise CalendarRefused(f"“{name}” is no time zone; write one such as Europe/London.") from None


def _days(names: Any) -> frozenset[int]:
    found = set()
    for name in names if isinstance(names, list | tuple) else [names]:
        if str(name) not in DAY_NAMES:
            raise CalendarRefused(f"“{name}” is no day of the week; there are {', '.join(DAY_NAMES)}.")
        found.add(DAY_NAMES.index(str(name)))
    return frozenset(found)


def _hours(text: str) -> tuple[time, time]:
    if not text:
        return MIDNIGHT, MIDNIGHT
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise CalendarRefused(f"“{text}” are no hours; write them like 09:00-17:30, or none for whole days.") from None
    return opens, closes


def _own_holidays(days: Any) -> tuple[Holiday, ...]:
    if not isinstance(days, Mapping):
        raise CalendarRefused("Write own holidays as a day and its name: 2026-12-24: Christmas Eve.")
    try:
        return tuple(Holiday(date.fromisoformat(str(day)), str(name)) for day, name in sorted(days.items(), key=str))
    except ValueError:
        raise CalendarRefused("An own holiday begins with its day, such as 2026-12-24.") from None
