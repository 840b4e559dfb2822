"""From the text of a plan to the plan, or to a list of what is wrong with it, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from tallystick.kernel.condition_reading import ConditionInvalid, Path, Problem, parse_condition
from tallystick.kernel.conditions import ALWAYS, Condition
from tallystick.kernel.money import Money, NotAnAmount
from tallystick.kernel.rounding import Rounding
from tallystick.programmes.rules.document import (
    EXAMPLES,
    BandsDocument,
    PlanDocument,
    RuleDocument,
    UpliftDocument,
)
from tallystick.programmes.rules.facts import FACTS
from tallystick.programmes.rules.plan import (
    Band,
    BandMode,
    Bands,
    Flat,
    Percent,
    PerUnit,
    Plan,
    Rate,
    Renewals,
    Rule,
    Uplift,
)
from tallystick.programmes.rules.problems import DocumentProblem, located, structural_problems
from tallystick.programmes.rules.source import Plain, SourceInvalid, read_source

_RATE_FORMS = ("percent", "flat", "per_unit", "bands")


class PlanInvalid(ValueError):
    """The text is not a plan that can be paid by; `problems` says why, in the order of the text."""

    def __init__(self, problems: Sequence[DocumentProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_plan(text: str) -> Plan:
    """Read and check a plan. Raises PlanInvalid with every problem found, each with its line, field and mend."""
    try:
        source = read_source(text)
    except SourceInvalid as error:
        problem = DocumentProblem(error.line, "", error.message, error.mend)
        raise PlanInvalid([problem]) from error
    problems: list[Problem] = []
    plan = _build(source.data, problems)
    if problems or plan is None:
        raise PlanInvalid(located(problems, source))
    return plan


def _build(data: Plain, problems: list[Problem]) -> Plan | None:
    if not isinstance(data, dict):
        problems.append(Problem((), "A plan is a list of fields.", f"Begin with {EXAMPLES['plan']}."))
        return None
    try:
        document = PlanDocument.model_validate(data)
    except ValidationError as error:
        problems.extend(structural_problems(error, examples=EXAMPLES))
        return None
    plan = _Builder(document, problems).plan()
    return None if problems else plan


# -------------------------------------------------------------------------------------- meaning of the document


class _Builder:
    """Turns a document into a plan and notes what does not fit together."""

    def __init__(self, document: PlanDocument, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems

    def plan(self) -> Plan:
        document = self.document
        self._check_period()
        rules = tuple(self._rule(rule, ("rules", at)) for at, rule in enumerate(document.rules))
        uplifts = tuple(self._uplift(uplift, ("uplifts", at)) for at, uplift in enumerate(document.uplifts))
        self._check_identifiers()
        self._check_reach(rules)
        self._check_sum(rules, uplifts)
        return Plan(
            name=document.plan,
            track=document.track,
            currency=document.currency,
            valid_from=document.valid_from,
            valid_to=document.valid_to,
            excluded_products=tuple(sorted(set(document.base.excluded_products))),
            rules=rules,
            uplifts=uplifts,
            renewals=self._renewals(),
            hold_days=document.hold_days,
            claw_back_days=document.claw_back.window_days,
            rounding=Rounding(document.rounding.mode),
        )

    def _refuse(self, path: Path, message: str, mend: str) -> None:
        self.problems.append(Problem(path, message, mend))

    def _check_period(self) -> None:
        start, end = self.document.valid_from, self.document.valid_to
        if end is not None and end < start:
            mend = "Give a later day, or take valid_to out to leave it open."
            self._refuse(("valid_to",), f"valid_to {end} is before valid_from {start}.", mend)

    def _rule(self, rule: RuleDocument, path: Path) -> Rule:
        return Rule(rule.id, rule.says, self._condition(rule.when, path), self._rate(rule, path))

    def _uplift(self, uplift: UpliftDocument, path: Path) -> Uplift:
        return Uplift(uplift.id, uplift.says, self._condition(uplift.when, path), _share(uplift.percent))

    def _condition(self, when: dict[str, Any] | None, path: Path) -> Condition:
        if when is None:
            return ALWAYS
        try:
            return parse_condition(when, schema=FACTS, path=(*path, "when"))
        except ConditionInvalid as invalid:
            self.problems.extend(invalid.problems)
            return ALWAYS

    def _rate(self, rule: RuleDocument, path: Path) -> Rate:
        forms = [form for form in _RATE_FORMS if getattr(rule, form) is not None]
        if len(forms) != 1:
            message = f"Rule {rule.id} has {' and '.join(forms) or 'no rate'}."
            self._refuse(path, message, "Give exactly one of percent, flat, per_unit and bands.")
        elif rule.flat is not None:
            return Flat(self._money(rule.flat, (*path, "flat")))
        elif rule.per_unit is not None:
            return PerUnit(self._money(rule.per_unit, (*path, "per_unit")))
        elif rule.bands is not None:
            return self._bands(rule.bands, (*path, "bands"))
        return Percent(_share(rule.percent or Decimal(0)))

    def _money(self, amount: Decimal, path: Path) -> Money:
        try:
            return Money.of(str(amount), self.document.currency)
        except NotAnAmount as error:
            self._refuse(path, str(error), "Write the amount with fewer decimals.")
            return Money(0, self.document.currency)

    def _bands(self, document: BandsDocument, path: Path) -> Bands:
        bands = []
        for at, step in enumerate(document.steps):
            where = (*path, "steps", at)
            start = self._money(step.start, (*where, "from")).minor
            end = self._money(step.end, (*where, "to")).minor if step.end is not None else None
            bands.append(Band(start, end, _share(step.percent)))
        self._check_bands(bands, (*path, "steps"))
        return Bands(BandMode(document.mode), tuple(bands))

    def _check_bands(self, bands: Sequence[Band], path: Path) -> None:
        if bands[0].start:
            self._refuse((*path, 0, "from"), "The first band does not begin at 0.", "Write from: 0.")
        for at, band in enumerate(bands):
            last = at == len(bands) - 1
            if band.end is not None and band.end <= band.start:
                self._refuse((*path, at, "to"), f"Band {at + 1} ends before it begins.", "Give a higher amount.")
            if last and band.end is not None:
                self._refuse((*path, at, "to"), "Amounts above the last band have no rate.", "Take its to out.")
            elif not last and band.end is None:
                self._refuse((*path, at), f"Band {at + 1} has no end, but another band follows.", "Give it a to.")
            elif not last and band.end != bands[at + 1].start:
                word = "overlaps" if band.end is not None and band.end > bands[at + 1].start else "leaves a gap to"
                mend = "Begin the next band exactly where this one ends."
                self._refuse((*path, at + 1, "from"), f"Band {at + 1} {word} band {at + 2}.", mend)

    def _renewals(self) -> Renewals | None:
        document = self.document.renewals
        if document is None:
            return None
        shares = tuple(sorted((int(year), _share(share)) for year, share in document.shares.items()))
        return Renewals(shares, _share(document.afterwards))

    def _check_identifiers(self) -> None:
        seen: set[str] = set()
        rules = [(("rules", at, "id"), rule.id) for at, rule in enumerate(self.document.rules)]
        uplifts = [(("uplifts", at, "id"), uplift.id) for at, uplift in enumerate(self.document.uplifts)]
        for path, name in rules + uplifts:
            if name in seen:
                self._refuse(path, f"id {name} is used twice.", "Give each rule and uplift its own.")
            seen.add(name)

    def _check_reach(self, rules: Sequence[Rule]) -> None:
        for at, rule in enumerate(rules[:-1]):
            if rule.when == ALWAYS and self.document.rules[at].when in (None, {}):
                message = f"Rule {rules[at + 1].id} is never reached: rule {rule.id} before it always matches."
                self._refuse(("rules", at + 1), message, f"Move {rule.id} to the end or give it a when.")
                return

    def _check_sum(self, rules: Sequence[Rule], uplifts: Sequence[Uplift]) -> None:
        added = sum((uplift.rate for uplift in uplifts), Fraction(0))
        for at, rule in enumerate(rules):
            if added and _highest(rule.rate) + added > 1:
                message = f"Rule {rule.id} and all uplifts together pay more than 100 %."
                self._refuse(("rules", at), message, "Lower the rule or the uplifts.")


def _highest(rate: Rate) -> Fraction:
    match rate:
        case Percent(rate=share):
            return share
        case Bands(bands=bands):
            return max(band.rate for band in bands)
        case _:
            return Fraction(0)


def _share(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100
