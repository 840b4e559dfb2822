"""What a claim would have been answered by other rules: the difference of two documents on the same facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tallystick.deals.rules.engagement.assessing import Eligibility, check_claim
from tallystick.deals.rules.engagement.engagement import Engagement
from tallystick.kernel.conditions import Facts


class Change(StrEnum):
    """How an answer differs."""

    DECLINED_NOW = "declined_now"
    HELD_NOW = "held_now"
    OTHER_RULE = "other_rule"
    WEIGHED_OTHERWISE = "weighed_otherwise"


@dataclass(frozen=True, slots=True)
class Answered:
    """What rules say of a claim: the rule that declines it, if one does, and those a person would have to weigh."""

    declined_by: str | None
    to_weigh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a claim would have been answered otherwise."""

    change: Change
    before: Answered
    after: Answered


def difference_of(facts: Facts, *, before: Engagement, after: Engagement, currency: str) -> Difference | None:
    """Hold a claim against two documents and return how the answers differ; None where they do not."""
    then = _answered(check_claim(facts, before, currency=currency))
    now = _answered(check_claim(facts, after, currency=currency))
    change = _change(then, now)
    return Difference(change, then, now) if change else None


def _answered(eligibility: Eligibility) -> Answered:
    if eligibility.declined_by is not None:
        return Answered(eligibility.declined_by.rule, ())
    return Answered(None, tuple(check.rule for check in eligibility.checks if check.is_open))


def _change(then: Answered, now: Answered) -> Change | None:
    if then.declined_by is None and now.declined_by is None:
        return Change.WEIGHED_OTHERWISE if set(then.to_weigh) != set(now.to_weigh) else None
    if then.declined_by is None:
        return Change.DECLINED_NOW
    if now.declined_by is None:
        return Change.HELD_NOW
    return Change.OTHER_RULE if then.declined_by != now.declined_by else None
