"""From the text of rules of engagement to the rules, or to a list of what is wrong with them, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, cast

from pydantic import ValidationError

from tallystick.deals.rules.engagement.document import (
    EXAMPLES,
    RANGES,
    EngagementDocument,
    RuleDocument,
    WholeDocument,
)
from tallystick.deals.rules.engagement.engagement import Consequence, Engagement, Family, Rule
from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS
from tallystick.deals.rules.engagement.section_list import SECTIONS
from tallystick.deals.rules.engagement.sections import Section
from tallystick.deals.rules.engagement.words import compared_in, faults_of
from tallystick.deals.rules.terms import ClockTerms
from tallystick.deals.rules.working_hours import CalendarRefused
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.condition_reading import ConditionInvalid, Path, Problem, parse_condition
from tallystick.kernel.conditions import ALWAYS, Comparison, Condition, Operator, compile_condition
from tallystick.programmes.rules.problems import DocumentProblem, located, structural_problems
from tallystick.programmes.rules.source import Plain, SourceInvalid, read_source

JUDGED: Final = {
    "first_to_register": Comparison("account.holder", Operator.NE, "another_partner"),
    "not_twice": Comparison("account.holder", Operator.NE, "this_partner"),
    "product_scope": Comparison("account.overlap_holder", Operator.EQ, "nobody"),
}
"""The rules that PostgreSQL holds, whatever is written: a document gives them words and a place, and nothing else."""

_WORDED: Final = ("when_met", "when_broken", "when_missing", "when_not_asked")
_KEPT: Final = 64
_SOME_DAY: Final = datetime(2026, 1, 5, tzinfo=UTC)


class EngagementInvalid(ValueError):
    """The text is not rules of engagement to decide by; `problems` says why, in the order of the text."""

    def __init__(self, problems: Sequence[DocumentProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@lru_cache(maxsize=_KEPT)
def read_engagement(text: str) -> Engagement:
    """Read and check rules of engagement. Raises EngagementInvalid with every problem found, each with its line.

    A text that was read before is remembered: rules are read at every claim and change rarely.
    """
    try:
        source = read_source(text, begins=EXAMPLES["title"])
    except SourceInvalid as error:
        raise EngagementInvalid([DocumentProblem(error.line, "", error.message, error.mend)]) from error
    problems: list[Problem] = []
    engagement = _build(source.data, problems)
    if problems or engagement is None:
        raise EngagementInvalid(located(problems, source))
    return engagement


def default_document() -> str:
    """Return the text that ships with the program and holds where a workspace has published none."""
    return files("tallystick.deals.rules.engagement").joinpath("default.yaml").read_text(encoding="utf-8")


def _build(data: Plain, problems: list[Problem]) -> Engagement | None:
    if not isinstance(data, dict):
        problems.append(Problem((), "Rules of engagement are a list of fields.", f"Begin with {EXAMPLES['title']}."))
        return None
    try:
        document = WholeDocument.model_validate(data)
    except ValidationError as error:
        problems.extend(structural_problems(error, examples=EXAMPLES, ranges=RANGES))
        return None
    engagement = _Builder(document, problems).engagement()
    return None if problems else engagement


class _Builder:
    """Turns a document into rules and notes what does not fit together."""

    def __init__(self, document: EngagementDocument, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems

    def engagement(self) -> Engagement:
        document = self.document
        rules = tuple(self._rule(rule, ("rules", at)) for at, rule in enumerate(document.rules))
        self._check_identifiers()
        self._check_judged()
        sections = self._sections()
        self._check_work(cast("ClockTerms", sections[ClockTerms.section]))
        return Engagement(
            title=document.title,
            protection_days=document.protection_days,
            answer_hours=document.answer_hours,
            rules=rules,
            sections=sections,
            hash=sha256_hex(canonical_json(document.model_dump(mode="json"))),
        )

    def _refuse(self, path: Path, message: str, mend: str) -> None:
        self.problems.append(Problem(path, message, mend))

    def _sections(self) -> dict[str, Section]:
        sections: dict[str, Section] = {}
        for kind in SECTIONS:
            part = getattr(self.document, kind.section)
            sections[kind.section] = part
            for found in part.problems():
                self._refuse((kind.section, *found.path), found.message, found.mend)
        return sections

    def _check_work(self, clock: ClockTerms) -> None:
        """Refuse a calendar with too little work for its clocks: no claim under it could be given a due time."""
        percent = max((100, *(step.after_percent for step in clock.escalation)))
        answer, request = timedelta(hours=self.document.answer_hours), timedelta(hours=clock.request_hours)
        longest = max(answer * percent / 100, request)
        for at, region in enumerate(clock.calendars):
            try:
                region.calendar(zone="UTC").due(_SOME_DAY, longest)
            except CalendarRefused as refused:
                mend = "Give it more hours or days, or shorten the time to answer."
                self._refuse((ClockTerms.section, "calendars", at), str(refused), mend)

    def _rule(self, rule: RuleDocument, path: Path) -> Rule:
        judged = rule.judged_by == "database"
        known = len(self.problems)
        applies = self._condition(rule.applies, (*path, "applies"))
        condition = self._judged(rule, path) if judged else self._asked(rule, path)
        if applies == ALWAYS and rule.applies is not None:
            self._refuse((*path, "applies"), "applies names no fact.", "Take it out: the rule is then always asked.")
        compared = compared_in(condition, applies) if len(self.problems) == known else None
        for field in ("says", *_WORDED):
            for message, mend in faults_of(getattr(rule, field), compared):
                self._refuse((*path, field), message, mend)
        return Rule(
            id=rule.id,
            label=rule.label,
            family=Family(rule.family),
            says=rule.says,
            applies=applies,
            condition=condition,
            when_met=rule.when_met,
            when_broken=rule.when_broken,
            when_missing=rule.when_missing,
            when_not_asked=rule.when_not_asked,
            broken=Consequence.DECLINE if judged else Consequence(rule.broken or "review"),
            missing=Consequence(rule.missing),
            judged_by_database=judged,
            asks=compile_condition(applies),
            holds=compile_condition(condition),
        )

    def _condition(self, written: dict[str, Any] | None, path: Path) -> Condition:
        if written is None:
            return ALWAYS
        try:
            return parse_condition(written, schema=ENGAGEMENT_FACTS, path=path)
        except ConditionInvalid as invalid:
            self.problems.extend(invalid.problems)
            return ALWAYS

    def _asked(self, rule: RuleDocument, path: Path) -> Condition:
        if rule.id in JUDGED:
            mend = f"Write {EXAMPLES['judged_by']} and take its condition out."
            self._refuse(path, f"Rule {rule.id} is judged by the database.", mend)
        elif not rule.condition:
            self._refuse(path, f"Rule {rule.id} has no condition.", f"Add one: {EXAMPLES['condition']}.")
        if rule.broken is None and rule.id not in JUDGED:
            mend = f"Add {EXAMPLES['broken']}, or decline."
            self._refuse(path, f"Rule {rule.id} does not say what follows when it is broken.", mend)
        return self._condition(rule.condition, (*path, "condition"))

    def _judged(self, rule: RuleDocument, path: Path) -> Condition:
        if rule.id not in JUDGED:
            mend = f"Only {', '.join(JUDGED)} are; give it a condition."
            self._refuse((*path, "judged_by"), f"Rule {rule.id} is not judged by the database.", mend)
        for field in ("condition", "applies", "broken"):
            if getattr(rule, field) is not None:
                mend = "Take it out: PostgreSQL holds the rule for every claim and declines at once."
                self._refuse((*path, field), f"{field} of {rule.id} cannot be chosen.", mend)
        return JUDGED.get(rule.id, ALWAYS)

    def _check_identifiers(self) -> None:
        seen: set[str] = set()
        for at, rule in enumerate(self.document.rules):
            if rule.id in seen:
                self._refuse(("rules", at, "id"), f"id {rule.id} is used twice.", "Give each rule its own.")
            seen.add(rule.id)

    def _check_judged(self) -> None:
        written = {rule.id for rule in self.document.rules}
        for missing in [name for name in JUDGED if name not in written]:
            mend = "Add it with its words: PostgreSQL holds it for every claim, so partners must be able to read it."
            self._refuse(("rules",), f"The rule {missing} is missing.", mend)
