"""The answer to a claim, and its explanation: what winner and loser read, and what can be checked later."""

from dataclasses import dataclass
from enum import StrEnum

from tallystick.deals.rules.engagement.assessing import Eligibility
from tallystick.kernel.explanations import Explanation, Step


class AnswerKind(StrEnum):
    """What a claim got at once: the account is held while a person decides, or nothing."""

    IN_REVIEW = "in_review"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Answer:
    """One definite answer. It never says who else registered; `rule` is the id of the one that declined the claim."""

    kind: AnswerKind
    rule: str | None
    sentence: str


def answer_claim(eligibility: Eligibility) -> Answer:
    """Answer a claim from its checks."""
    decline = eligibility.declined_by
    if decline is not None:
        return Answer(AnswerKind.DECLINED, decline.rule, decline.sentence)
    return Answer(
        AnswerKind.IN_REVIEW,
        None,
        f"The company is held for you while we review. {eligibility.met} of {eligibility.asked} rules are met.",
    )


def explain_claim(*, reference: str, eligibility: Eligibility, answer: Answer, rules: str) -> Explanation:
    """Explain the answer rule by rule; both sides may read it. `rules` names the version of the rules."""
    return Explanation(
        subject=f"registration {reference}",
        policy=rules,
        conclusion=answer.sentence,
        steps=tuple(
            Step(
                rule=check.rule,
                outcome=check.outcome.value,
                sentence=check.sentence,
                facts=check.facts,
                label=check.label,
            )
            for check in eligibility.checks
        ),
    )
