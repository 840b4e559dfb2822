"""Rules of engagement in plain words, as the settings and the portal's programme page show them."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.deals.rules.engagement.engagement import Consequence, Engagement, Rule
from tallystick.deals.rules.engagement.words import compared_in, filled
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
