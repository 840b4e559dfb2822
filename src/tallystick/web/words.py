"""Words that pages of console and portal share: days near today, counts with their noun, states with their tone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext_lazy

from tallystick.web.ui import formats

_RULES: Final = {
    "new_to_us": gettext_lazy("New to us"),
    "no_open_direct_deal": gettext_lazy("No open direct deal"),
    "not_worked_by_direct": gettext_lazy("Not worked by direct"),
    "minimum_value": gettext_lazy("Minimum value"),
    "open_registrations": gettext_lazy("Open registrations"),
    "first_to_register": gettext_lazy("First to register"),
}
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


def rule_words(rule: str) -> str:
    """Name a rule of deal registration: "first_to_register" is "First to register"."""
    return str(_RULES.get(rule, rule.replace("_", " ").capitalize()))
