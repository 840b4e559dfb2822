"""Words that pages of console and portal share: days near today, counts with their noun, states with their tone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tallystick.kernel.explanations import Step
from tallystick.web.ui import formats
from tallystick.web.ui.components import ChecklistItem, Progress

_RULES: Final = {
    "new_to_us": gettext_noop("New to us"),
    "no_open_direct_deal": gettext_noop("No open direct deal"),
    "not_worked_by_direct": gettext_noop("Not worked by direct"),
    "minimum_value": gettext_noop("Minimum value"),
    "open_registrations": gettext_noop("Open registrations"),
    "first_to_register": gettext_noop("First to register"),
    "not_twice": gettext_noop("Not registered by you already"),
    "product_scope": gettext_noop("Product scope"),
    "territory": gettext_noop("Territory"),
    "certification": gettext_noop("Certification"),
    "two_tier": gettext_noop("Distributor and reseller"),
    "company_known": gettext_noop("What we know of the company"),
}
_OUTCOMES: Final = {
    "met": Progress.KEPT,
    "broken": Progress.BROKEN,
    "unknown": Progress.UNKNOWN,
    "not_asked": Progress.NOT_ASKED,
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


def rule_words(rule: str, label: str = "") -> str:
    """Name a rule of deal registration: "first_to_register" is "First to register".

    The rules that ship are named in the reader's language; others, and those that were given another label, by it.
    """
    shipped = _RULES.get(rule, "")
    if label and label != shipped:
        return label
    return _(shipped) if shipped else rule.replace("_", " ").capitalize()


def check_item(step: Step, *, figures: str = "") -> ChecklistItem:
    """Return a rule a claim was held against, with what it found and, for those who may see them, its figures."""
    return ChecklistItem(
        label=rule_words(step.rule, step.label),
        progress=_OUTCOMES.get(step.outcome, Progress.OPEN),
        note=" ".join(part for part in (step.sentence, figures) if part),
    )
