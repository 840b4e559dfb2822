"""Dates in the forms exports carry, read exactly or not at all.

Whether the day or the month comes first is a property of a column, proved by at least one of its values
(`readings.py`): 13/05/2024 proves day first, 03/04/2024 proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from tallystick.crm.rules.problems import CellRefused, ReadingMisfit
from tallystick.crm.rules.tables import Cell


class DateOrder(StrEnum):
    """What comes first in 03/04/2024."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})")
_DAY_MONTH: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-\s./]*([A-Za-z]{3,9})\.?[-\s,./]*(\d{4}|\d{2})")
_MONTH_DAY: Final = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(\d{4})")
_TIME: Final = re.compile(
    r"(?P<date>.*?\d)(?:T|,?\s+)(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august"),
            *("sep sept september", "oct october", "nov november", "dec december"),
        ),
        start=1,
    )
    for name in names.split()
}
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 80_000)
"""Day numbers of 1954 to 2119; a spreadsheet exports them when a date column is formatted as a number."""
_HOW: Final = "Write it like 2024-03-31."


def read_date(cell: Cell, *, order: DateOrder | None, zone: ZoneInfo) -> date:
    """Read one date; an instant with a zone becomes the date it has in the workspace's `zone`.

    Raises CellRefused for what is no day of the calendar, ReadingMisfit for a date that contradicts the column's
    order or needs one when there is none.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, Decimal):
        return _from_number(
            str(cell.to_integral_value() if cell == cell.to_integral_value() else int(cell)), zone, cell
        )
    if (iso := _ISO.fullmatch(cell)) is not None:
        return _exact(int(iso[1]), int(iso[2]), int(iso[3]), cell)
    text = unicodedata.normalize("NFKC", cell).strip()
    if timed := _TIME.fullmatch(text):
        day = _day(timed["date"].strip(), order, cell)
        return _in_zone(day, timed, zone, cell) if timed["zone"] else day
    if text.isdigit() and len(text) != 8:
        return _from_number(text, zone, cell)
    return _day(text, order, cell)


def order_evidence(cell: Cell) -> tuple[DateOrder | None, bool]:
    """Tell what one value says about its column's order: the order it proves, and whether it needs to be told."""
    if not isinstance(cell, str) or _ISO.fullmatch(cell):
        return None, False
    text = unicodedata.normalize("NFKC", cell).strip()
    if timed := _TIME.fullmatch(text):
        text = timed["date"].strip()
    found = _NUMBERS.fullmatch(text)
    if found is None:
        return None, False
    first, second = int(found[1]), int(found[3])
    if first > 12 >= second:
        return DateOrder.DAY_FIRST, False
    if second > 12 >= first:
        return DateOrder.MONTH_FIRST, False
    return None, first != second and max(first, second) <= 12


def is_day_number(cell: Cell) -> bool:
    """Tell whether a cell holds a spreadsheet's day number, so that the summary can say it was read as one."""
    text = str(cell).strip()
    return text.isdigit() and len(text) == 5


def _day(text: str, order: DateOrder | None, cell: Cell) -> date:
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = (found[1], found[3], found[4]) if found[1] else (found[5], found[6], found[7])
        return _exact(int(year), int(month), int(day), cell)
    if found := _NUMBERS.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        month, day = (first, second) if order is DateOrder.MONTH_FIRST else (second, first)
        if first != second and (order is None or month > 12 >= day):
            read = f"does not fit a column read {order.value}" if order else "needs to know what comes first in it"
            raise ReadingMisfit(f'"{cell}" {read}. {_HOW}')
        return _exact(year, month, day, cell)
    if (found := _DAY_MONTH.fullmatch(text)) and (month := _MONTHS.get(found[2].lower())):
        return _exact(_year(found[3]), month, int(found[1]), cell)
    if (found := _MONTH_DAY.fullmatch(text)) and (month := _MONTHS.get(found[1].lower())):
        return _exact(int(found[3]), month, int(found[2]), cell)
    raise CellRefused(f'"{cell}" is not a date. {_HOW}')


def _exact(year: int, month: int, day: int, cell: Cell) -> date:
    try:
        made = date(year, month, day)
    except ValueError:
        raise CellRefused(f'"{cell}" is not a day of the calendar. {_HOW}') from None
    if not 1900 <= year <= 2200:
        raise CellRefused(f'"{cell}" lies outside the years 1900 to 2200. {_HOW}')
    return made


def _year(text: str) -> int:
    """Return a year; two digits follow POSIX: 69 to 99 are the 1900s, 00 to 68 the 2000s."""
    year = int(text)
    if len(text) == 4:
        return year
    return 1900 + year if year >= 69 else 2000 + year


def _in_zone(day: date, timed: re.Match[str], zone: ZoneInfo, cell: Cell) -> date:
    clock, half, offset = timed["time"].replace(",", "."), (timed["half"] or "").lower()[:1], timed["zone"]
    hour, minute = (int(part) for part in clock.split(":")[:2])
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    if hour > 23 or minute > 59:
        raise CellRefused(f'"{cell}" has no time of day. {_HOW}')
    instant = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
    if offset[0] in "+-":
        away = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        instant += -away if offset[0] == "+" else away
    return instant.astimezone(zone).date()


def _from_number(digits: str, zone: ZoneInfo, cell: Cell) -> date:
    """Read a spreadsheet's day number, or seconds or milliseconds since 1970."""
    if not digits.isdigit():
        raise CellRefused(f'"{cell}" is not a date. {_HOW}')
    number = int(digits)
    if len(digits) == 5 and number in _EXCEL_DAYS:
        return _EXCEL_EPOCH + timedelta(days=number)
    if len(digits) in (10, 13):
        return datetime.fromtimestamp(number // 1000 if len(digits) == 13 else number, tz=UTC).astimezone(zone).date()
    if len(digits) == 8:
        return _exact(int(digits[:4]), int(digits[4:6]), int(digits[6:]), cell)
    raise CellRefused(f'"{cell}" is not a date. {_HOW}')
