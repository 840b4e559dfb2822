"""The answer to a claim, and its explanation: what winner and loser read, and what can be checked later."""

from dataclasses import dataclass
from enum import StrEnum

from tallystick.deals.rules.eligibility import Eligibility
from tallystick.deals.rules.policy import RegistrationPolicy, Rule
from tallystick.kernel.explanations import Explanation, Step


class AnswerKind(StrEnum):
    """What a claim got at once: the account is held while a person decides, or nothing."""

    IN_REVIEW = "in_review"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Answer:
    """One definite answer. It never says who else registered; `rule` is the one that declined the claim."""

    kind: AnswerKind
    rule: Rule | None
    sentence: str


def answer_claim(eligibility: Eligibility) -> Answer:
    """Answer a claim from its checks."""
    decline = eligibility.declined_by
    if decline is not None:
        return Answer(AnswerKind.DECLINED, decline.rule, decline.sentence)
    return Answer(
        AnswerKind.IN_REVIEW,
        None,
        f"The company is held for you while we review. {eligibility.met} of {len(eligibility.checks)} rules are met.",
    )


def explain_claim(
    *, reference: str, eligibility: Eligibility, answer: Answer, policy: RegistrationPolicy
) -> Explanation:
    """Explain the answer rule by rule; both sides may read it."""
    return Explanation(
        subject=f"registration {reference}",
        policy=policy.reference,
        conclusion=answer.sentence,
        steps=tuple(
            Step(rule=check.rule.value, outcome=check.outcome.value, sentence=check.sentence, facts=check.facts)
            for check in eligibility.checks
        ),
    )
