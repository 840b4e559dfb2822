"""The attribution policy in plain words, for those who live by it."""

from __future__ import annotations

from typing import assert_never

from tallystick.attribution.rules.policy import AttributionPolicy, SharesModel
from tallystick.attribution.rules.wording import spoken_days, spoken_percent

WHOLE = 1_000_000


def policy_sentences(policy: AttributionPolicy) -> tuple[str, ...]:
    """Return what the policy says, a sentence a rule, in the order in which the rules run."""
    ranked = sorted(
        (rule.source_class, kind.noun) for kind, rule in policy.kinds.items() if rule.source_class is not None
    )
    weights = sorted(((rule.weight, kind.noun) for kind, rule in policy.kinds.items() if rule.weight), reverse=True)
    counted = [f"{noun} {weight}" for weight, noun in weights]
    before, after = spoken_days(policy.look_back_days), spoken_days(policy.grace_days)
    lock = spoken_days(policy.lock_days)
    return (
        f"A touch can be the source from {before} before an opportunity is created until {after} after.",
        f"The highest kind wins, then the earliest: {', then '.join(noun for _, noun in ranked)}.",
        "Our own meeting, or our own open opportunity, before a touch takes the source away from it.",
        f"Influence needs a weight of {policy.influence_threshold} until the close: {', '.join(counted)}.",
        _shares(policy),
        f"{lock} after the close a decision is locked: what is learned later changes nothing.",
    )


def _shares(policy: AttributionPolicy) -> str:
    match policy.shares:
        case SharesModel.SOURCE_TAKES_ALL:
            return "The source takes the whole commission; without one, influencers share it equally."
        case SharesModel.ROLE_SPLIT:
            source, others = policy.source_share_ppm, WHOLE - policy.source_share_ppm
            return (
                f"The source takes {spoken_percent(source)} of the commission, influencers share "
                f"{spoken_percent(others)} equally; whoever is alone takes all."
            )
        case SharesModel.LINEAR:
            return "All credited partners share the commission equally."
        case SharesModel.POSITION:
            ends = spoken_percent(policy.end_share_ppm)
            return f"The first and the last partner take {ends} of the commission each, those between share the rest."
        case _:
            assert_never(policy.shares)
