"""Holds a claim against rules of engagement: every rule in order, with what it found and what follows.

No sentence here names another partner, a colleague of the vendor or a figure of another deal: words can hold only
facts that partners may be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tallystick.deals.rules.engagement.engagement import Consequence, Engagement, Rule
from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS
from tallystick.deals.rules.engagement.words import compared_in, facts_in, filled
from tallystick.kernel.conditions import FactKind, FactMissing, Facts, facts_named
from tallystick.kernel.explanations import FactValue


class CheckOutcome(StrEnum):
    """What a rule found. UNKNOWN: a fact it depends on is not known. NOT_ASKED: it does not apply to the claim."""

    MET = "met"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule with what it found, in words a partner reads, and the facts it found it from."""

    rule: str
    label: str
    outcome: CheckOutcome
    declines: bool
    sentence: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Tell whether a person has something to weigh here."""
        return self.outcome in (CheckOutcome.BROKEN, CheckOutcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """All checks of one claim, in the order of the rules. `declined_by` is the first that declines at once."""

    checks: tuple[Check, ...]
    declined_by: Check | None

    @property
    def met(self) -> int:
        """Count the rules that are met: "7 of 8 rules are met"."""
        return sum(check.outcome is CheckOutcome.MET for check in self.checks)

    @property
    def asked(self) -> int:
        """Count the rules that ask something of the claim."""
        return sum(check.outcome is not CheckOutcome.NOT_ASKED for check in self.checks)


def check_claim(facts: Facts, engagement: Engagement, *, currency: str) -> Eligibility:
    """Hold a claim against every rule, in order; `currency` is the workspace's, for figures in words."""
    checks = tuple(_check(rule, facts, currency) for rule in engagement.rules)
    return Eligibility(checks, next((check for check in checks if check.declines), None))


def _check(rule: Rule, facts: Facts, currency: str) -> Check:
    outcome = outcome_of(rule, facts)
    words = {
        CheckOutcome.MET: rule.when_met,
        CheckOutcome.BROKEN: rule.when_broken,
        CheckOutcome.UNKNOWN: rule.when_missing,
        CheckOutcome.NOT_ASKED: rule.when_not_asked,
    }[outcome]
    follows = {CheckOutcome.BROKEN: rule.broken, CheckOutcome.UNKNOWN: rule.missing}.get(outcome)
    named = facts_named(rule.condition) | facts_named(rule.applies) | facts_in(words)
    return Check(
        rule=rule.id,
        label=rule.label,
        outcome=outcome,
        declines=follows is Consequence.DECLINE,
        sentence=filled(words, facts=facts, compared=compared_in(rule.condition, rule.applies), currency=currency),
        facts=_with_currencies(named, facts),
    )


def outcome_of(rule: Rule, facts: Facts) -> CheckOutcome:
    """Hold a claim against one rule."""
    try:
        if not rule.asks(facts):
            return CheckOutcome.NOT_ASKED
        return CheckOutcome.MET if rule.holds(facts) else CheckOutcome.BROKEN
    except FactMissing:
        return CheckOutcome.UNKNOWN


def _with_currencies(named: frozenset[str], facts: Facts) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for name in ENGAGEMENT_FACTS:
        if name in named:
            found[name] = facts.get(name)
            if ENGAGEMENT_FACTS[name].kind is FactKind.MONEY and found[name] is not None:
                found[f"{name}_currency"] = facts.get(f"{name}_currency")
    return found
