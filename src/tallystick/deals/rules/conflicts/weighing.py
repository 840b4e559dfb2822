"""Which of several claims the rules of engagement favour, and why; a recommendation to whoever rules.

A pure function of what is known of each claim. The order in which the claims are given changes nothing.
Specified in docs/explanation/conflicts.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tallystick.kernel.explanations import FactValue, Step

FIRST: str = "first_to_register"
DIRECT_DEAL: str = "no_open_direct_deal"
DIRECT_MEETING: str = "not_worked_by_direct"


class Ground(StrEnum):
    """What a claim rests on. A registration ranks above other evidence of a partner."""

    REGISTRATION = "registration"
    EVIDENCE = "evidence"
    DIRECT_DEAL = "direct_deal"
    DIRECT_MEETING = "direct_meeting"
    DECISION = "decision"

    @property
    def is_direct(self) -> bool:
        """Tell whether it is our own team's."""
        return self in (Ground.DIRECT_DEAL, Ground.DIRECT_MEETING)


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known of one claim. `key` orders claims of one moment; `happened_at` is None where nobody knows.

    A registration counts from its submission, our own work from the start of its day. `when` is that moment in words,
    in the time zone of whoever reads it; left out it is told in that of `happened_at`. `inside` is the name inside a
    sentence, where it is written otherwise. A disputed decision is shown with the claims and is none itself.
    """

    key: str
    name: str
    ground: Ground
    happened_at: datetime | None
    is_withdrawn: bool = False
    when: str = ""
    inside: str = ""

    @property
    def mention(self) -> str:
        """How the claimant is named inside a sentence."""
        return self.inside or self.name


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The claim that the rules favour, the rule that says so, and each step; no claim where a fact is missing."""

    favoured: str | None
    rule: str
    steps: tuple[Step, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be known."""
        return tuple(step.sentence for step in self.steps if step.outcome == "unknown")


def weigh_claims(claims: Sequence[ClaimFacts], *, direct_days: int) -> Recommendation:
    """Return which claim the rules favour: the first of the partners', unless our own team was there before it.

    A meeting of our own stands against claims made up to `direct_days` days after it; an open deal of our own always.
    """
    ordered = sorted(claims, key=lambda claim: claim.key)
    live = [claim for claim in ordered if not claim.is_withdrawn and claim.ground is not Ground.DECISION]
    steps = [_withdrawn(claim) for claim in ordered if claim.is_withdrawn]
    steps += [_decision(claim) for claim in ordered if claim.ground is Ground.DECISION]
    unknown = [claim for claim in live if claim.happened_at is None]
    if unknown:
        return Recommendation(None, FIRST, (*steps, *map(_unknown, unknown)))
    partners = sorted((claim for claim in live if not claim.ground.is_direct), key=_rank)
    direct = [claim for claim in live if claim.ground.is_direct]
    if not partners:
        first = min(direct, key=_rank, default=None)
        return Recommendation(first.key if first else None, DIRECT_DEAL, tuple(steps))
    first = partners[0]
    steps += _among_partners(partners)
    for ours in direct:
        stands = _stands_against(ours, first, direct_days)
        steps.append(_direct(ours, first, stands=stands, direct_days=direct_days))
        if stands:
            return Recommendation(ours.key, _direct_rule(ours), tuple(steps))
    rule = FIRST if len(partners) > 1 or not direct else _direct_rule(direct[0])
    return Recommendation(first.key, rule, tuple(steps))


def _rank(claim: ClaimFacts) -> tuple[bool, datetime, str]:
    assert claim.happened_at is not None  # noqa: S101 - whoever calls has set the unknown ones aside
    return (claim.ground is Ground.EVIDENCE, claim.happened_at, claim.key)


def _among_partners(partners: Sequence[ClaimFacts]) -> Iterator[Step]:
    first = partners[0]
    for place, claim in enumerate(partners):
        if place == 0:
            words = "is the only claim of a partner" if len(partners) == 1 else "comes first"
        elif claim.ground is not first.ground:
            words = f"ranks below the registration of {first.mention}"
        else:
            words = f"came {_later(first, claim)} after {first.mention}"
        yield Step(
            rule=FIRST,
            outcome="broken" if place else "met",
            sentence=f"{claim.name}: {_moment(claim)} {words}.",
            facts=_facts(claim),
        )


def _stands_against(ours: ClaimFacts, claim: ClaimFacts, direct_days: int) -> bool:
    assert ours.happened_at is not None and claim.happened_at is not None  # noqa: S101, PT018 - unknown ones ended above
    if ours.happened_at > claim.happened_at:
        return False
    return ours.ground is Ground.DIRECT_DEAL or claim.happened_at - ours.happened_at <= timedelta(days=direct_days + 1)


def _direct(ours: ClaimFacts, claim: ClaimFacts, *, stands: bool, direct_days: int) -> Step:
    if stands:
        words = f"was there before {claim.mention}"
    elif ours.happened_at and claim.happened_at and ours.happened_at > claim.happened_at:
        words = f"came {_later(claim, ours)} after {claim.mention}"
    else:
        words = f"lies more than {direct_days} days before {claim.mention}"
    return Step(
        rule=_direct_rule(ours),
        outcome="broken" if stands else "met",
        sentence=f"{ours.name}: {_moment(ours)} {words}.",
        facts=_facts(ours),
    )


def _direct_rule(claim: ClaimFacts) -> str:
    return DIRECT_DEAL if claim.ground is Ground.DIRECT_DEAL else DIRECT_MEETING


def _unknown(claim: ClaimFacts) -> Step:
    return Step(
        rule=FIRST if not claim.ground.is_direct else _direct_rule(claim),
        outcome="unknown",
        sentence=f"{claim.name}: nobody knows when it began, so the rules favour no claim.",
        facts=_facts(claim),
    )


def _withdrawn(claim: ClaimFacts) -> Step:
    return Step(rule=FIRST, outcome="not_asked", sentence=f"{claim.name} withdrew its claim.", facts=_facts(claim))


def _decision(claim: ClaimFacts) -> Step:
    decision = _moment(claim) if claim.happened_at else "the decision"
    words = f"{claim.name}: {decision} is what is disputed. It is no claim to the deal."
    return Step(rule=FIRST, outcome="not_asked", sentence=words, facts=_facts(claim))


def _moment(claim: ClaimFacts) -> str:
    noun = {
        Ground.REGISTRATION: "the registration",
        Ground.EVIDENCE: "the evidence",
        Ground.DIRECT_DEAL: "the deal",
        Ground.DIRECT_MEETING: "the meeting",
        Ground.DECISION: "the decision",
    }[claim.ground]
    assert claim.happened_at is not None  # noqa: S101 - unknown ones ended above
    if claim.when:
        return f"{noun} of {claim.when}"
    at = claim.happened_at
    day = f"{at.day} {at:%b %Y}"
    return f"{noun} of {day} at {at:%H:%M}" if claim.ground is Ground.REGISTRATION else f"{noun} of {day}"


def _later(first: ClaimFacts, second: ClaimFacts) -> str:
    assert first.happened_at is not None and second.happened_at is not None  # noqa: S101, PT018
    apart = second.happened_at - first.happened_at
    if apart.days:
        return "1 day" if apart.days == 1 else f"{apart.days} days"
    hours, minutes = divmod(apart.seconds // 60, 60)
    if hours:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _facts(claim: ClaimFacts) -> dict[str, FactValue]:
    return {
        "claim": claim.key,
        "ground": claim.ground.value,
        "happened_at": claim.happened_at.isoformat() if claim.happened_at else None,
    }
