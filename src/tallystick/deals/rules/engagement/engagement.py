"""Rules of engagement as the program holds them: typed, checked, in the order they were given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar, cast

from tallystick.deals.rules.engagement.sections import Section
from tallystick.deals.rules.working_hours import WorkingCalendar
from tallystick.kernel.conditions import Condition, Facts

Part = TypeVar("Part", bound=Section)
REFERENCE_NAME = "engagement"
OLDER_NAME = "registration"
"""How references began before the rules were a document; decisions of that time name them still."""


class Family(StrEnum):
    """What a rule is about."""

    ELIGIBILITY = "eligibility"
    DUPLICATE = "duplicate"
    EXISTING_CUSTOMER = "existing_customer"
    DIRECT_ACTIVITY = "direct_activity"
    TERRITORY = "territory"
    CERTIFICATION = "certification"
    CAPS = "caps"
    PRODUCT_SCOPE = "product_scope"
    TWO_TIER = "two_tier"


class Consequence(StrEnum):
    """What follows for a claim."""

    DECLINE = "decline"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `asks` and `holds` are its two conditions as functions of the facts.

    One that is judged by the database was held by PostgreSQL before anybody looked; its condition tells what happened.
    """

    id: str
    label: str
    family: Family
    says: str
    applies: Condition
    condition: Condition
    when_met: str
    when_broken: str
    when_missing: str
    when_not_asked: str
    broken: Consequence
    missing: Consequence
    judged_by_database: bool
    asks: Callable[[Facts], bool] = field(compare=False, repr=False)
    holds: Callable[[Facts], bool] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Engagement:
    """One document of rules. Periods are whole days, `answer_hours` hours of working days; `hash` names its content."""

    title: str
    protection_days: int
    answer_hours: int
    rules: tuple[Rule, ...]
    sections: Mapping[str, Section]
    hash: str

    def reference(self, number: int) -> str:
        """Name a version of this document with its digest: engagement@1#ab12cd."""
        return f"{REFERENCE_NAME}@{number}#{self.hash[:6]}"

    def section(self, kind: type[Part]) -> Part:
        """Return one part of the document, with its defaults where the text leaves it out."""
        return cast("Part", self.sections[kind.section])

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of that id, if the document has it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def protected_until(self, approved_on: date) -> date:
        """Give the last protected day of a registration approved on that day."""
        return approved_on + timedelta(days=self.protection_days)

    def answer_due(self, since: datetime, *, calendar: WorkingCalendar) -> datetime:
        """Give the instant by which there is an answer, in working hours of the calendar."""
        return calendar.due(since, timedelta(hours=self.answer_hours))


def is_reference(label: str) -> bool:
    """Tell whether a label names a version of rules, now or from before they were a document, and not a person."""
    name, at, rest = label.partition("@")
    return name in (REFERENCE_NAME, OLDER_NAME) and bool(at) and rest.partition("#")[0].isdigit()
