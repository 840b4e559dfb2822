"""Why a decision came out as it did, step by step, with the figures.

Every rule of the product returns an explanation beside its result. A screen shows it, a dispute is the difference of
two of them, and a commission line can be computed again from it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tallystick.kernel.canonical import canonical_json, sha256_hex

FactValue: TypeAlias = str | int | bool | None
"""A figure in an explanation or a fact that conditions name.

Money is an integer of minor units with its currency under the same name plus `_currency`; dates are ISO 8601 text;
fractions are text such as "3/25"; None means not known.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was looked at, what it said, and the facts it said it from.

    `label` is what people call the rule, where a document may name rules of its own.
    """

    rule: str
    outcome: str
    sentence: str
    facts: Mapping[str, FactValue]
    label: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the step as plain JSON values."""
        named = {"label": self.label} if self.label else {}
        return {
            "rule": self.rule,
            "outcome": self.outcome,
            "sentence": self.sentence,
            "facts": dict(self.facts),
            **named,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was decided about what, under which policy (`plan referral@3#ab12cd`), and by which steps."""

    subject: str
    policy: str
    conclusion: str
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        return {
            "subject": self.subject,
            "policy": self.policy,
            "conclusion": self.conclusion,
            "steps": [step.as_json() for step in self.steps],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Explanation:
        """Read what `as_json` wrote. Raises KeyError when a part is missing."""
        steps = tuple(
            Step(
                rule=step["rule"],
                outcome=step["outcome"],
                sentence=step["sentence"],
                facts=dict(step["facts"]),
                label=step.get("label", ""),
            )
            for step in document["steps"]
        )
        return cls(document["subject"], document["policy"], document["conclusion"], steps)

    def step(self, rule: str) -> Step:
        """Return the first step of that rule. Raises KeyError."""
        for step in self.steps:
            if step.rule == rule:
                return step
        raise KeyError(rule)

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON: two explanations are the same if and only if it is."""
        return sha256_hex(canonical_json(self.as_json()))


@dataclass(frozen=True, slots=True)
class Difference:
    """What two explanations of one decision say otherwise: steps that are gone, and steps that came."""

    gone: tuple[Step, ...]
    come: tuple[Step, ...]


def difference_of(before: Explanation, after: Explanation) -> Difference:
    """Return the steps of which one explanation has a sentence that the other has not, each in its own order.

    A rule that says the same word for word is no difference, whatever place it stands in.
    """
    said_before = {(step.rule, step.sentence) for step in before.steps}
    said_after = {(step.rule, step.sentence) for step in after.steps}
    return Difference(
        gone=tuple(step for step in before.steps if (step.rule, step.sentence) not in said_after),
        come=tuple(step for step in after.steps if (step.rule, step.sentence) not in said_before),
    )
