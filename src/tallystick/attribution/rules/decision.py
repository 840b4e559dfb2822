"""The attribution decision: who brought an opportunity, who helped, and what share each has.

A pure function of facts and policy. It keeps the verdict on every touch, so that `explanation.py` can put the
decision into words when somebody reads it: most decisions are never read, and words cost more than deciding.
Specified in docs/explanation/attribution.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tallystick.attribution.rules.facts import DirectEvidence, OpportunityFacts, TouchFacts, distinct_touches
from tallystick.attribution.rules.influence import InfluenceVerdict, influence_totals, weigh_influence
from tallystick.attribution.rules.policy import AttributionPolicy, SharesModel
from tallystick.attribution.rules.shares import Share, divide_credit
from tallystick.attribution.rules.sourcing import (
    CANNOT_SOURCE,
    SourceFinding,
    SourceVerdict,
    find_source,
    usable_direct_evidence,
)


class AttributionClass(StrEnum):
    """What an opportunity is, exclusively: the three always sum to all opportunities."""

    SOURCED = "sourced"
    INFLUENCED = "influenced"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class JudgedTouch:
    """One touch with what became of it as a source and as influence."""

    touch: TouchFacts
    source: SourceFinding
    influence: InfluenceVerdict


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one opportunity, and the evidence it was decided from.

    `influencers` are in the order of their first counted touch and never contain the source. `direct` is the direct
    evidence that could have gone before a source. After `locks_after` no newly learned fact changes the decision.
    """

    opportunity: OpportunityFacts
    attribution_class: AttributionClass
    source_partner_id: int | None
    influencers: tuple[int, ...]
    shares: tuple[Share, ...]
    touches: tuple[JudgedTouch, ...]
    direct: tuple[DirectEvidence, ...]
    locks_after: date | None

    @property
    def credited(self) -> frozenset[int]:
        """The partners that brought or helped, whether or not the shares model pays them."""
        source = () if self.source_partner_id is None else (self.source_partner_id,)
        return frozenset((*source, *self.influencers))


def decide(
    opportunity: OpportunityFacts,
    touches: Sequence[TouchFacts],
    direct: Sequence[DirectEvidence],
    policy: AttributionPolicy,
) -> Decision:
    """Decide one opportunity from the touches on its account and the direct evidence against them.

    The order of the facts and repeats of a fact change nothing. Touches that name another opportunity are left out.
    """
    relevant = [touch for touch in distinct_touches(touches) if touch.opportunity_key in (None, opportunity.key)]
    if not relevant:
        return _direct_decision(opportunity, policy)
    usable = usable_direct_evidence(opportunity, direct, policy)
    findings = find_source(opportunity, relevant, usable, policy)
    source = next(
        (touch.partner_id for touch in relevant if _verdict(findings.get(touch.key)) is SourceVerdict.CHOSEN), None
    )
    verdicts = weigh_influence(opportunity, relevant, source, policy)
    totals = influence_totals(relevant, verdicts, policy)
    influencers = tuple(partner for partner, weight in totals.items() if weight >= policy.influence_threshold)
    judged = tuple(
        JudgedTouch(touch, findings.get(touch.key, CANNOT_SOURCE), verdicts[touch.key]) for touch in relevant
    )
    return Decision(
        opportunity=opportunity,
        attribution_class=_class_of(source, influencers),
        source_partner_id=source,
        influencers=influencers,
        shares=_shares(source, influencers, judged, policy),
        touches=judged,
        direct=usable if findings else (),
        locks_after=policy.locks_after(opportunity),
    )


def _direct_decision(opportunity: OpportunityFacts, policy: AttributionPolicy) -> Decision:
    return Decision(
        opportunity, AttributionClass.DIRECT, None, (), (), (), (), locks_after=policy.locks_after(opportunity)
    )


def _class_of(source: int | None, influencers: tuple[int, ...]) -> AttributionClass:
    if source is not None:
        return AttributionClass.SOURCED
    return AttributionClass.INFLUENCED if influencers else AttributionClass.DIRECT


def _verdict(finding: SourceFinding | None) -> SourceVerdict | None:
    return None if finding is None else finding.verdict


def _shares(
    source: int | None, influencers: tuple[int, ...], judged: Sequence[JudgedTouch], policy: AttributionPolicy
) -> tuple[Share, ...]:
    by_position = policy.shares is SharesModel.POSITION
    return divide_credit(source, influencers, _by_first_touch(judged, influencers) if by_position else (), policy)


def _by_first_touch(judged: Sequence[JudgedTouch], influencers: tuple[int, ...]) -> tuple[int, ...]:
    """Order the credited partners by the first touch that earned them their credit."""
    earning = (
        entry.touch.partner_id
        for entry in judged
        if entry.source.verdict is SourceVerdict.CHOSEN
        or (entry.influence is InfluenceVerdict.COUNTED and entry.touch.partner_id in influencers)
    )
    return tuple(dict.fromkeys(earning))
