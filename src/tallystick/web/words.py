"""Words that pages of console and portal share: days near today, counts with their noun, states with their tone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tallystick.web.ui import formats

HALF_A_YEAR: Final = timedelta(days=182)


@dataclass(frozen=True, slots=True)
class Tag:
    """A state in words, with its tone: "good", "warn", "bad", "accent" or nothing."""

    words: str
    tone: str = ""


def day_near(when: date | None, today: date) -> str:
    """Write a day: "14 Oct" within half a year, "14 Oct 2024" further away, a dash where there is none."""
    if when is None:
        return "–"
    return formats.day(when) if abs(when - today) <= HALF_A_YEAR else formats.day_and_year(when)


def counted(count: int, one: str, many: str) -> str:
    """Write a count with its noun: "1 line", "1,204 lines"."""
    return f"{formats.number(count)} {one if count == 1 else many}"
