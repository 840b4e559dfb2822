"""Which partner brought the deal: at most one, by class of evidence, then by date.

Specified in docs/explanation/attribution.md, "The source".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from tallystick.attribution.rules.facts import (
    DirectEvidence,
    DirectKind,
    OpportunityFacts,
    TouchFacts,
)
from tallystick.attribution.rules.policy import AttributionPolicy


class SourceVerdict(StrEnum):
    """What became of a touch when the source was looked for."""

    CHOSEN = "chosen"
    OUTRANKED = "outranked"
    DIRECT_FIRST = "direct_first"
    TOO_LATE = "too_late"
    TOO_OLD = "too_old"
    CANNOT_SOURCE = "cannot_source"
    LEARNED_AFTER_LOCK = "learned_after_lock"
    OVERRULED = "overruled"


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """The verdict on one touch, with the direct evidence that went before it, if any."""

    verdict: SourceVerdict
    direct: DirectEvidence | None = None


CANNOT_SOURCE = SourceFinding(SourceVerdict.CANNOT_SOURCE)
_CHOSEN = SourceFinding(SourceVerdict.CHOSEN)
_OUTRANKED = SourceFinding(SourceVerdict.OUTRANKED)


class SourceWindow(NamedTuple):
    """Between which days a touch can source one opportunity, and by when it must have been learned (None: any day)."""

    first_day: date
    last_day: date
    locks_after: date | None

    @classmethod
    def of(cls, opportunity: OpportunityFacts, policy: AttributionPolicy) -> "SourceWindow":
        """Work out the window of an opportunity."""
        return cls(policy.evidence_from(opportunity), policy.source_until(opportunity), policy.locks_after(opportunity))

    def refusal(self, touch: TouchFacts) -> SourceVerdict | None:
        """Say why a touch that can source by its kind is no candidate; None: it is one."""
        if self.locks_after is not None and touch.learned_on > self.locks_after:
            return SourceVerdict.LEARNED_AFTER_LOCK
        if touch.rulings and touch.overruled_by(self.locks_after):
            return SourceVerdict.OVERRULED
        if touch.occurred_on > self.last_day:
            return SourceVerdict.TOO_LATE
        if touch.occurred_on < self.first_day:
            return SourceVerdict.TOO_OLD
        return None


def find_source(
    opportunity: OpportunityFacts,
    touches: Sequence[TouchFacts],
    direct: Sequence[DirectEvidence],
    policy: AttributionPolicy,
) -> Mapping[str, SourceFinding]:
    """Judge every touch that could source, by touch key; at most one is CHOSEN.

    The highest class wins, then the earliest date, then the smaller key. A touch after direct
    evidence cannot source, but does not stop one that came before that evidence.
    """
    window = SourceWindow.of(opportunity, policy)
    findings: dict[str, SourceFinding] = {}
    candidates: list[tuple[int, date, str]] = []
    for touch in touches:
        source_class = policy.kinds[touch.kind].source_class
        if source_class is None:
            continue
        refusal = window.refusal(touch)
        if refusal is not None:
            findings[touch.key] = SourceFinding(refusal)
            continue
        earlier = _direct_before(touch, direct)
        if earlier is not None:
            findings[touch.key] = SourceFinding(SourceVerdict.DIRECT_FIRST, earlier)
        else:
            candidates.append((source_class, touch.occurred_on, touch.key))
    candidates.sort()
    for place, (_, _, key) in enumerate(candidates):
        findings[key] = _OUTRANKED if place else _CHOSEN
    return findings


def usable_direct_evidence(
    opportunity: OpportunityFacts, direct: Sequence[DirectEvidence], policy: AttributionPolicy
) -> tuple[DirectEvidence, ...]:
    """Keep the direct evidence that could go before a source, earliest first.

    It lies between the start of the look-back and the end of the grace, was learned before the
    lock, and is not the opportunity itself.
    """
    first_day, last_day, locks_after = SourceWindow.of(opportunity, policy)
    usable = {
        (evidence.occurred_on, evidence.kind, evidence.key): evidence
        for evidence in direct
        if first_day <= evidence.occurred_on <= last_day
        and (locks_after is None or evidence.learned_on <= locks_after)
        and not (evidence.kind is DirectKind.OPEN_OPPORTUNITY and evidence.key == opportunity.key)
    }
    return tuple(usable[place] for place in sorted(usable))


def direct_opportunities(
    opportunities: Sequence[OpportunityFacts],
    touches: Sequence[TouchFacts],
    policy: AttributionPolicy,
) -> tuple[DirectEvidence, ...]:
    """Give those opportunities of one account that the vendor opened without a partner.

    An opportunity with any touch that could source it in its own window is not direct evidence
    against a partner.
    """
    sourcing = [touch for touch in touches if policy.kinds[touch.kind].source_class is not None]
    return tuple(
        DirectEvidence(
            key=opportunity.key,
            kind=DirectKind.OPEN_OPPORTUNITY,
            occurred_on=opportunity.created_on,
            learned_on=opportunity.known_since or opportunity.created_on,
            until=opportunity.closed_on,
        )
        for opportunity in opportunities
        if not _could_be_sourced(opportunity, sourcing, policy)
    )


def _could_be_sourced(opportunity: OpportunityFacts, sourcing: Sequence[TouchFacts], policy: AttributionPolicy) -> bool:
    window = SourceWindow.of(opportunity, policy)
    return any(touch.opportunity_key in {None, opportunity.key} and window.refusal(touch) is None for touch in sourcing)


def _direct_before(touch: TouchFacts, direct: Sequence[DirectEvidence]) -> DirectEvidence | None:
    """Give the earliest direct evidence that stood when the touch happened.

    Evidence of the same day does not go before the touch: the partner has the benefit of the doubt.
    """
    for evidence in direct:
        if evidence.occurred_on >= touch.occurred_on:
            return None
        if evidence.until is None or evidence.until > touch.occurred_on:
            return evidence
    return None
