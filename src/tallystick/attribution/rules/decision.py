"""The attribution decision: who brought an opportunity, who helped, and what share each has.

A pure function of facts and policy. It keeps the verdict on every touch, so that `explanation.py` can put the
decision into words when somebody reads it: most decisions are never read, and words cost more than deciding.
Specified in docs/explanation/attribution.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tallystick.attribution.rules.facts import (
    DirectEvidence,
    OpportunityFacts,
    RulingFacts,
    TouchFacts,
    distinct_touches,
)
from tallystick.attribution.rules.influence import InfluenceVerdict, influence_totals, weigh_influence
from tallystick.attribution.rules.policy import AttributionPolicy, SharesModel
from tallystick.attribution.rules.shares import Share, divide_credit, share_by_ruling
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
    evidence that could have gone before a source. After `locks_after` no newly learned fact changes the decision; a
    ruling does at any time, and then `touches` say what the evidence alone would have made of each.
    """

    opportunity: OpportunityFacts
    attribution_class: AttributionClass
    source_partner_id: int | None
    influencers: tuple[int, ...]
    shares: tuple[Share, ...]
    touches: tuple[JudgedTouch, ...]
    direct: tuple[DirectEvidence, ...]
    locks_after: date | None
    ruling: RulingFacts | None = None

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
    ruling: RulingFacts | None = None,
) -> Decision:
    """Decide one opportunity from the touches on its account, the direct evidence against them, and a ruling on it.

    The order of the facts and repeats of a fact change nothing. Touches that name another opportunity are left out.
    Of the claimants of a ruling it alone decides, also after the lock; everybody else is judged by the evidence.
    """
    relevant = [touch for touch in distinct_touches(touches) if touch.opportunity_key in (None, opportunity.key)]
    if not relevant and ruling is None:
        return _direct_decision(opportunity, policy)
    usable = usable_direct_evidence(opportunity, direct, policy)
    findings = find_source(opportunity, relevant, usable, policy)
    source = _source(relevant, findings) if ruling is None else ruling.source_partner_id
    verdicts = weigh_influence(opportunity, relevant, source, policy)
    totals = influence_totals(relevant, verdicts, policy)
    bound = () if ruling is None else ruling.claimants
    helped = tuple(
        partner for partner, weight in totals.items() if weight >= policy.influence_threshold and partner not in bound
    )
    judged = tuple(
        JudgedTouch(touch, findings.get(touch.key, CANNOT_SOURCE), verdicts[touch.key]) for touch in relevant
    )
    shares = _shares(source, helped, judged, policy)
    influencers = helped if ruling is None else (*(partner for partner, _ in ruling.parts[1:]), *helped)
    return Decision(
        opportunity=opportunity,
        attribution_class=_class_of(source, influencers),
        source_partner_id=source,
        influencers=influencers,
        shares=shares if ruling is None else share_by_ruling(shares, ruling),
        touches=judged,
        direct=usable if findings else (),
        locks_after=policy.locks_after(opportunity),
        ruling=ruling,
    )


def _source(touches: Sequence[TouchFacts], findings: Mapping[str, SourceFinding]) -> int | None:
    return next(
        (touch.partner_id for touch in touches if _verdict(findings.get(touch.key)) is SourceVerdict.CHOSEN), None
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
    return divide_credit(
        source, influencers, _by_first_touch(source, judged, influencers) if by_position else (), policy
    )


def _by_first_touch(source: int | None, judged: Sequence[JudgedTouch], influencers: tuple[int, ...]) -> tuple[int, ...]:
    """Order the credited partners by the first touch that earned them their credit.

    A source by ruling without evidence that could source comes first of all.
    """
    earning = [
        entry.touch.partner_id
        for entry in judged
        if (entry.source.verdict is SourceVerdict.CHOSEN and entry.touch.partner_id == source)
        or (entry.influence is InfluenceVerdict.COUNTED and entry.touch.partner_id in influencers)
    ]
    unseen = [] if source is None or source in earning else [source]
    return tuple(dict.fromkeys([*unseen, *earning]))
