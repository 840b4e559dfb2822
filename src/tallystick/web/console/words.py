"""Words that several pages of the console share: days near today, states with their tone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tallystick.web.ui import formats


@dataclass(frozen=True, slots=True)
class Tag:
    """A state in words, with its tone: "good", "warn", "bad" or nothing."""

    words: str
    tone: str = ""


def day_near(when: date | None, today: date) -> str:
    """Write a day: "14 Oct" in this year, "14 Oct 2024" in another, a dash where there is none."""
    if when is None:
        return "–"
    return formats.day(when) if when.year == today.year else formats.day_and_year(when)


def counted(count: int, one: str, many: str) -> str:
    """Write a count with its noun: "1 line", "1,204 lines"."""
    return f"{formats.number(count)} {one if count == 1 else many}"
