"""What would have changed a decision: each claim is tried by deciding again with that one fact changed.

Only claims that hold are told, so the sentence "had Corvid's registration come by 12 Mar 2026 it would be the
source" is as true as the decision itself.
"""

from collections.abc import Iterator
from dataclasses import replace

from tallystick.attribution.rules.decision import Decision, JudgedTouch, decide
from tallystick.attribution.rules.facts import TouchFacts
from tallystick.attribution.rules.influence import influence_totals
from tallystick.attribution.rules.policy import AttributionPolicy
from tallystick.attribution.rules.sourcing import SourceVerdict
from tallystick.attribution.rules.wording import PartnerNames, direct_words, spoken_date, touch_words
from tallystick.kernel.explanations import Step

RULE = "would_change"


def counterfactual_steps(decision: Decision, policy: AttributionPolicy, names: PartnerNames) -> Iterator[Step]:
    """Tell what would have given another partner the source, taken it away, or made an influencer.

    Of what was ruled no other evidence changes anything, so nothing is told but that.
    """
    if decision.ruling is not None:
        yield Step(
            rule=RULE,
            outcome="ruling",
            sentence="Evidence no longer changes what was ruled; a later ruling does.",
            facts={"ruling": decision.ruling.key},
        )
        return
    for judged in decision.touches:
        match judged.source.verdict:
            case SourceVerdict.TOO_LATE | SourceVerdict.TOO_OLD | SourceVerdict.LEARNED_AFTER_LOCK:
                yield from _had_it_come_in_time(judged, decision, policy, names)
            case SourceVerdict.DIRECT_FIRST:
                yield from _had_it_come_before_us(judged, decision, policy, names)
            case SourceVerdict.CHOSEN:
                yield _had_it_not_been_there(judged.touch, decision, policy, names)
            case SourceVerdict.OUTRANKED | SourceVerdict.CANNOT_SOURCE | SourceVerdict.OVERRULED:
                pass
    yield from _what_influence_lacks(decision, policy, names)


def _had_it_come_in_time(
    judged: JudgedTouch, decision: Decision, policy: AttributionPolicy, names: PartnerNames
) -> Iterator[Step]:
    touch, opportunity = judged.touch, decision.opportunity
    if judged.source.verdict is SourceVerdict.TOO_LATE:
        day = policy.source_until(opportunity)
        moved, condition = replace(touch, occurred_on=day), f"come by {spoken_date(day)}"
    elif judged.source.verdict is SourceVerdict.TOO_OLD:
        day = policy.evidence_from(opportunity)
        moved, condition = replace(touch, occurred_on=day), f"come on or after {spoken_date(day)}"
    else:
        day = decision.locks_after or touch.learned_on
        moved, condition = replace(touch, learned_on=day), f"been known by {spoken_date(day)}"
    yield from _if_it_sources(moved, f"Had {touch_words(touch, names)} {condition}", decision, policy, names)


def _had_it_come_before_us(
    judged: JudgedTouch, decision: Decision, policy: AttributionPolicy, names: PartnerNames
) -> Iterator[Step]:
    ours = judged.source.direct
    if ours is not None:
        moved = replace(judged.touch, occurred_on=ours.occurred_on)
        condition = f"Had {touch_words(judged.touch, names)} come by {spoken_date(ours.occurred_on)}"
        reason = f", no later than {direct_words(ours)}"
        yield from _if_it_sources(moved, condition + reason, decision, policy, names)


def _if_it_sources(
    moved: TouchFacts, condition: str, decision: Decision, policy: AttributionPolicy, names: PartnerNames
) -> Iterator[Step]:
    touches = [moved if judged.touch.key == moved.key else judged.touch for judged in decision.touches]
    other = decide(decision.opportunity, touches, decision.direct, policy)
    if other.source_partner_id == moved.partner_id != decision.source_partner_id:
        yield Step(
            rule=RULE,
            outcome="source",
            sentence=f"{condition}, {names.of(moved.partner_id)} would be the source.",
            facts={"touch": moved.key, "partner": moved.partner_id},
        )


def _had_it_not_been_there(
    chosen: TouchFacts, decision: Decision, policy: AttributionPolicy, names: PartnerNames
) -> Step:
    others = [judged.touch for judged in decision.touches if judged.touch.key != chosen.key]
    other = decide(decision.opportunity, others, decision.direct, policy)
    return Step(
        rule=RULE,
        outcome=other.attribution_class.value,
        sentence=f"Without {touch_words(chosen, names)} {_result(other, decision, names)}.",
        facts={"touch": chosen.key, "partner": chosen.partner_id, "source": other.source_partner_id},
    )


def _result(other: Decision, decision: Decision, names: PartnerNames) -> str:
    if other.source_partner_id == decision.source_partner_id and other.source_partner_id is not None:
        return f"{names.of(other.source_partner_id)} would still be the source, by other evidence"
    if other.source_partner_id is not None:
        return f"{names.of(other.source_partner_id)} would be the source"
    if other.influencers:
        return f"no partner would be the source, and {names.listed(other.influencers)} would have influenced it"
    return "it would be direct"


def _what_influence_lacks(decision: Decision, policy: AttributionPolicy, names: PartnerNames) -> Iterator[Step]:
    touches = [judged.touch for judged in decision.touches]
    verdicts = {judged.touch.key: judged.influence for judged in decision.touches}
    totals = influence_totals(touches, verdicts, policy)
    for partner_id, weight in totals.items():
        lacking = policy.influence_threshold - weight
        if lacking > 0:
            yield Step(
                rule=RULE,
                outcome="influence",
                sentence=(
                    f"Evidence with {lacking} more weight{_for_instance(lacking, policy)} would have made "
                    f"{names.of(partner_id)} an influencer."
                ),
                facts={"partner": partner_id, "lacking": lacking},
            )


def _for_instance(lacking: int, policy: AttributionPolicy) -> str:
    """Name the lightest kind that alone would have been enough."""
    enough = [(rule.weight, kind) for kind, rule in policy.kinds.items() if rule.weight >= lacking]
    return f" (for instance a {min(enough)[1].noun})" if enough else ""
