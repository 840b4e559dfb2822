"""Which partners helped: the weights of their touches add up to the threshold.

Specified in docs/explanation/attribution.md, "Influence".
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from tallystick.attribution.rules.facts import OpportunityFacts, TouchFacts
from tallystick.attribution.rules.policy import AttributionPolicy


class InfluenceVerdict(StrEnum):
    """What became of a touch when influence was added up."""

    COUNTED = "counted"
    IS_SOURCE = "is_source"
    TOO_OLD = "too_old"
    AFTER_CLOSE = "after_close"
    CANNOT_INFLUENCE = "cannot_influence"
    LEARNED_AFTER_LOCK = "learned_after_lock"
    OVERRULED = "overruled"


def weigh_influence(
    opportunity: OpportunityFacts,
    touches: Sequence[TouchFacts],
    source_partner_id: int | None,
    policy: AttributionPolicy,
) -> Mapping[str, InfluenceVerdict]:
    """Judge every touch as influence, by touch key.

    Evidence counts from the start of the look-back to the close; for an open opportunity it has no
    end. Touches of the source partner are not also counted as influence.
    """
    first_day = policy.evidence_from(opportunity)
    locks_after = policy.locks_after(opportunity)
    verdicts: dict[str, InfluenceVerdict] = {}
    for touch in touches:
        if touch.partner_id == source_partner_id:
            verdict = InfluenceVerdict.IS_SOURCE
        elif not policy.kinds[touch.kind].weight:
            verdict = InfluenceVerdict.CANNOT_INFLUENCE
        elif locks_after is not None and touch.learned_on > locks_after:
            verdict = InfluenceVerdict.LEARNED_AFTER_LOCK
        elif touch.rulings and touch.overruled_by(locks_after):
            verdict = InfluenceVerdict.OVERRULED
        elif touch.occurred_on < first_day:
            verdict = InfluenceVerdict.TOO_OLD
        elif opportunity.closed_on is not None and touch.occurred_on > opportunity.closed_on:
            verdict = InfluenceVerdict.AFTER_CLOSE
        else:
            verdict = InfluenceVerdict.COUNTED
        verdicts[touch.key] = verdict
    return verdicts


def influence_totals(
    touches: Sequence[TouchFacts],
    verdicts: Mapping[str, InfluenceVerdict],
    policy: AttributionPolicy,
) -> Mapping[int, int]:
    """Add up the counted weight of each partner, in the order of its first counted touch."""
    totals: dict[int, int] = {}
    for touch in touches:
        if verdicts[touch.key] is InfluenceVerdict.COUNTED:
            weight = policy.kinds[touch.kind].weight
            totals[touch.partner_id] = totals.get(touch.partner_id, 0) + weight
    return totals
