"""Rules of engagement in plain words, as the settings and the portal's programme page show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.deals.models import DealRegistration
from tallystick.deals.rules.engagement.engagement import Consequence, Engagement, Rule, is_reference
from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS
from tallystick.deals.rules.engagement.words import compared_in, filled, spoken
from tallystick.deals.services.recording import DECIDED_BY_PERSON
from tallystick.kernel.explanations import FactValue
from tallystick.web.words import rule_words


@dataclass(frozen=True, slots=True)
class PlainRule:
    """A rule as people read it; `declines` says that a claim which breaks it is declined at once."""

    id: str
    label: str
    says: str
    declines: bool


def plain_rules(engagement: Engagement, *, currency: str) -> list[PlainRule]:
    """Return the rules in the order in which a claim is held against them; `currency` is the workspace's."""
    return [
        PlainRule(
            id=rule.id,
            label=rule_words(rule.id, rule.label),
            says=says_of(rule, currency=currency),
            declines=rule.broken is Consequence.DECLINE,
        )
        for rule in engagement.rules
    ]


def says_of(rule: Rule, *, currency: str) -> str:
    """Return what a rule asks, with the figures it compares with."""
    return filled(rule.says, facts={}, compared=compared_in(rule.condition, rule.applies), currency=currency)


def cited_rule(claim: DealRegistration) -> str:
    """Name the rule that a decision cites; "" where a person decided without one, or where none is decided yet."""
    rule = claim.decision_rule
    # Approvals from before the rules were a document named a whole version here.
    return "" if rule in ("", DECIDED_BY_PERSON) or is_reference(rule) else rule_words(rule)


def figures_in_words(facts: Mapping[str, FactValue], *, currency: str) -> str:
    """Return the facts a rule was held against, as the vendor reads them: "the value 42,000.00 EUR; …".

    Facts of rules from before they were a document have other names and are left out: their sentence says them.
    """
    named = [ENGAGEMENT_FACTS[name] for name in facts if name in ENGAGEMENT_FACTS]
    told = "; ".join(f"{fact.label}: {spoken(fact, facts, currency=currency)}" for fact in named)
    return f"({told})" if told else ""
