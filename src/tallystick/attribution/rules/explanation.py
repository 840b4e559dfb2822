"""Puts a decision into words, made only when somebody reads it.

One step per rule that was applied, each with the figures it used, in the order in which the rules run; then what
would have changed the decision.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

from tallystick.attribution.rules.counterfactuals import counterfactual_steps
from tallystick.attribution.rules.decision import AttributionClass, Decision, JudgedTouch
from tallystick.attribution.rules.facts import RulingFacts, TouchFacts
from tallystick.attribution.rules.influence import InfluenceVerdict
from tallystick.attribution.rules.policy import AttributionPolicy, SharesModel
from tallystick.attribution.rules.sourcing import SourceVerdict
from tallystick.attribution.rules.wording import (
    PartnerNames,
    direct_words,
    spoken_date,
    spoken_days,
    spoken_percent,
    touch_words,
)
from tallystick.kernel.explanations import Explanation, FactValue, Step


def explain(
    decision: Decision, *, policy: AttributionPolicy, policy_reference: str, names: Mapping[int, str]
) -> Explanation:
    """Explain a decision to a reader who may see these partner names; other partners stay unnamed.

    `policy` is the version the decision was made under and `policy_reference` its name ("attribution@3#ab12cd").
    """
    known = PartnerNames(names)
    return Explanation(
        subject=f"opportunity {decision.opportunity.key}",
        policy=policy_reference,
        conclusion=_conclusion(decision, known),
        steps=(
            _window_step(decision, policy),
            *_source_steps(decision, policy, known),
            *_influence_steps(decision, policy, known),
            *_ruling_steps(decision, known),
            _class_step(decision, known),
            *_share_steps(decision, policy, known),
            *_lock_steps(decision, policy),
            *counterfactual_steps(decision, policy, known),
        ),
    )


def _conclusion(decision: Decision, names: PartnerNames) -> str:
    match decision.attribution_class:
        case AttributionClass.SOURCED:
            source = names.of(decision.source_partner_id or 0)
            helped = f", influenced by {names.listed(decision.influencers)}" if decision.influencers else ""
            return f"Sourced by {source}{helped}."
        case AttributionClass.INFLUENCED:
            return f"Influenced by {names.listed(decision.influencers)}; no partner sourced it."
        case AttributionClass.DIRECT:
            return "Direct: no partner sourced or influenced it."
        case _:
            assert_never(decision.attribution_class)


def _window_step(decision: Decision, policy: AttributionPolicy) -> Step:
    opportunity = decision.opportunity
    first, last = policy.evidence_from(opportunity), policy.source_until(opportunity)
    return Step(
        rule="window",
        outcome="set",
        sentence=(
            f"The opportunity was created on {spoken_date(opportunity.created_on)}. A touch can be its source from "
            f"{spoken_date(first)} ({spoken_days(policy.look_back_days)} before) until {spoken_date(last)} "
            f"({spoken_days(policy.grace_days)} of grace)."
        ),
        facts={
            "created_on": opportunity.created_on.isoformat(),
            "evidence_from": first.isoformat(),
            "source_until": last.isoformat(),
        },
    )


def _source_steps(decision: Decision, policy: AttributionPolicy, names: PartnerNames) -> Iterator[Step]:
    chosen = next((j for j in decision.touches if j.source.verdict is SourceVerdict.CHOSEN), None)
    for judged in decision.touches:
        if judged.source.verdict is not SourceVerdict.CANNOT_SOURCE:
            facts = _touch_facts(judged.touch)
            if judged.source.direct is not None:
                facts |= {
                    "direct_evidence": judged.source.direct.key,
                    "direct_on": judged.source.direct.occurred_on.isoformat(),
                }
            yield Step(
                rule="source",
                outcome=judged.source.verdict.value,
                sentence=_source_sentence(judged, chosen, decision, policy, names),
                facts=facts,
            )


def _source_sentence(
    judged: JudgedTouch,
    chosen: JudgedTouch | None,
    decision: Decision,
    policy: AttributionPolicy,
    names: PartnerNames,
) -> str:
    touch = touch_words(judged.touch, names)
    match judged.source.verdict:
        case SourceVerdict.CHOSEN:
            source = names.of(judged.touch.partner_id)
            if decision.ruling is not None:
                return f"{touch} comes first among the evidence that can source; a ruling decided instead."
            return f"{touch} comes first among the evidence that can source: {source} is the source."
        case SourceVerdict.OUTRANKED:
            return f"{touch} is in time, but {_why_outranked(judged.touch, chosen, policy, names)}."
        case SourceVerdict.DIRECT_FIRST:
            direct = "direct evidence" if judged.source.direct is None else direct_words(judged.source.direct)
            return f"{touch} came after {direct}: it cannot source."
        case SourceVerdict.TOO_LATE:
            return f"{touch} came after {spoken_date(policy.source_until(decision.opportunity))}: too late to source."
        case SourceVerdict.TOO_OLD:
            return f"{touch} lies before {spoken_date(policy.evidence_from(decision.opportunity))}: too old to source."
        case SourceVerdict.LEARNED_AFTER_LOCK:
            return f"{touch} was learned of on {spoken_date(judged.touch.learned_on)}, after the decision was locked."
        case SourceVerdict.OVERRULED:
            return f"{touch} was overruled{_overruled_words(judged, decision)}: it cannot source."
        case SourceVerdict.CANNOT_SOURCE:
            return f"{touch} is of a kind that cannot source."
        case _:
            assert_never(judged.source.verdict)


def _overruled_words(judged: JudgedTouch, decision: Decision) -> str:
    ruling = judged.touch.overruled_by(decision.locks_after)
    return f" by ruling {ruling.key} on {spoken_date(ruling.ruled_on)}" if ruling else ""


def _why_outranked(
    touch: TouchFacts, chosen: JudgedTouch | None, policy: AttributionPolicy, names: PartnerNames
) -> str:
    if chosen is None:
        return "other evidence ranks before it"
    if policy.kinds[touch.kind].source_class != policy.kinds[chosen.touch.kind].source_class:
        return f"the {chosen.touch.kind.noun} of {names.of(chosen.touch.partner_id)} ranks above it"
    if chosen.touch.occurred_on == touch.occurred_on:
        return f"{touch_words(chosen.touch, names)} has the same rank and day and the earlier reference"
    return f"{touch_words(chosen.touch, names)} came earlier"


def _influence_steps(decision: Decision, policy: AttributionPolicy, names: PartnerNames) -> Iterator[Step]:
    counted: dict[int, list[TouchFacts]] = {}
    for judged in decision.touches:
        match judged.influence:
            case InfluenceVerdict.COUNTED:
                counted.setdefault(judged.touch.partner_id, []).append(judged.touch)
            case InfluenceVerdict.IS_SOURCE:
                pass
            case refusal:
                yield Step(
                    rule="influence_evidence",
                    outcome=refusal.value,
                    sentence=f"{touch_words(judged.touch, names)} {_influence_refusal(refusal, decision, policy)}.",
                    facts=_touch_facts(judged.touch),
                )
    for partner_id, touches in counted.items():
        yield _influence_total_step(partner_id, touches, policy, names)


def _influence_total_step(
    partner_id: int, touches: list[TouchFacts], policy: AttributionPolicy, names: PartnerNames
) -> Step:
    weights = [policy.kinds[touch.kind].weight for touch in touches]
    total, needed = sum(weights), policy.influence_threshold
    sum_in_words = " + ".join(
        f"{touch.kind.noun} {spoken_date(touch.occurred_on)} ({weight})"
        for touch, weight in zip(touches, weights, strict=True)
    )
    enough = total >= needed
    return Step(
        rule="influence",
        outcome="influenced" if enough else "below_threshold",
        sentence=(
            f"{names.of(partner_id)}: {sum_in_words} = {total}, "
            f"{'at least' if enough else 'below'} the {needed} that count as influence."
        ),
        facts={"partner": partner_id, "weight": total, "threshold": needed},
    )


def _influence_refusal(verdict: InfluenceVerdict, decision: Decision, policy: AttributionPolicy) -> str:
    opportunity = decision.opportunity
    match verdict:
        case InfluenceVerdict.TOO_OLD:
            return f"lies before {spoken_date(policy.evidence_from(opportunity))}: not counted as influence"
        case InfluenceVerdict.AFTER_CLOSE:
            closed_on = opportunity.closed_on or opportunity.created_on
            return f"came after the close on {spoken_date(closed_on)}: not counted as influence"
        case InfluenceVerdict.CANNOT_INFLUENCE:
            return "is of a kind that does not count as influence"
        case InfluenceVerdict.LEARNED_AFTER_LOCK:
            return "was learned of after the decision was locked: not counted as influence"
        case InfluenceVerdict.OVERRULED:
            return "was overruled: not counted as influence"
        case InfluenceVerdict.COUNTED | InfluenceVerdict.IS_SOURCE:
            return "counts"
        case _:
            assert_never(verdict)


def _ruling_steps(decision: Decision, names: PartnerNames) -> Iterator[Step]:
    ruling = decision.ruling
    if ruling is None:
        return
    cited = f"rule {ruling.rule} of {ruling.rules}"
    yield Step(
        rule="ruling",
        outcome=_ruling_outcome(ruling),
        sentence=(
            f"{names.listed(ruling.claimants)} claimed it. The ruling {ruling.key} of {spoken_date(ruling.ruled_on)} "
            f"decides, by {cited}: {_ruled_words(ruling, names)}."
        ),
        facts={
            "ruling": ruling.key,
            "ruled_on": ruling.ruled_on.isoformat(),
            "rule": ruling.rule,
            "rules": ruling.rules,
            **{f"partner_{partner}_ppm": ppm for partner, ppm in ruling.parts},
        },
    )


def _ruling_outcome(ruling: RulingFacts) -> str:
    if not ruling.parts:
        return "rejected"
    return "upheld" if len(ruling.parts) == 1 else "shared"


def _ruled_words(ruling: RulingFacts, names: PartnerNames) -> str:
    if not ruling.parts:
        return "none of the claims stands"
    if len(ruling.parts) == 1:
        return f"the claim of {names.of(ruling.parts[0][0])} stands"
    parts = ", ".join(f"{names.of(partner)} {spoken_percent(ppm)}" for partner, ppm in ruling.parts)
    return f"the claims share what falls to them: {parts}"


def _class_step(decision: Decision, names: PartnerNames) -> Step:
    return Step(
        rule="class",
        outcome=decision.attribution_class.value,
        sentence=_conclusion(decision, names),
        facts={"source": decision.source_partner_id, "influencers": len(decision.influencers)},
    )


def _share_steps(decision: Decision, policy: AttributionPolicy, names: PartnerNames) -> Iterator[Step]:
    if not decision.shares:
        return
    parts = ", ".join(f"{names.of(share.partner_id)} {spoken_percent(share.ppm)}" for share in decision.shares)
    yield Step(
        rule="shares",
        outcome=policy.shares.value,
        sentence=f"{_MODEL_WORDS[policy.shares]}: {parts}.",
        facts={f"partner_{share.partner_id}_ppm": share.ppm for share in decision.shares},
    )


def _lock_steps(decision: Decision, policy: AttributionPolicy) -> Iterator[Step]:
    opportunity = decision.opportunity
    if decision.locks_after is None or opportunity.closed_on is None:
        return
    known_later = opportunity.known_since is not None and opportunity.known_since > opportunity.closed_on
    known = (
        f", known here since {spoken_date(opportunity.known_since)}" if known_later and opportunity.known_since else ""
    )
    yield Step(
        rule="lock",
        outcome="locks",
        sentence=(
            f"Closed on {spoken_date(opportunity.closed_on)}{known}: what is learned after "
            f"{spoken_date(decision.locks_after)} ({spoken_days(policy.lock_days)}) no longer changes this."
        ),
        facts={"closed_on": opportunity.closed_on.isoformat(), "locks_after": decision.locks_after.isoformat()},
    )


def _touch_facts(touch: TouchFacts) -> dict[str, FactValue]:
    return {
        "touch": touch.key,
        "partner": touch.partner_id,
        "kind": touch.kind.value,
        "occurred_on": touch.occurred_on.isoformat(),
        "learned_on": touch.learned_on.isoformat(),
    }


_MODEL_WORDS = {
    SharesModel.SOURCE_TAKES_ALL: "The source takes all",
    SharesModel.ROLE_SPLIT: "Split by role",
    SharesModel.LINEAR: "Split in equal parts",
    SharesModel.POSITION: "Split by position",
}
