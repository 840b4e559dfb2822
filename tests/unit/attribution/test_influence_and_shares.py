"""Influence, class and shares."""

from dataclasses import replace

import pytest

from tallystick.attribution.rules.decision import AttributionClass, decide
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.rules.influence import InfluenceVerdict
from tallystick.attribution.rules.policy import DEFAULT_POLICY, SharesModel
from tallystick.attribution.rules.shares import Share, ShareRole

from .facts import CORVID, NORTHWIND, SOLANO, opportunity, touch

LEAD, DEMO, MEETING = TouchKind.LEAD_ACCEPTED, TouchKind.DEMO, TouchKind.CO_SELL_MEETING


def test_weights_of_one_partner_add_up_to_influence() -> None:
    one_meeting = touch(CORVID, MEETING, "2026-03-20")
    named = touch(CORVID, TouchKind.NAMED_ON_OPPORTUNITY, "2026-03-05")

    alone = decide(opportunity(), [one_meeting], [], DEFAULT_POLICY)
    assert alone.attribution_class is AttributionClass.DIRECT
    together = decide(opportunity(), [one_meeting, named], [], DEFAULT_POLICY)
    assert together.attribution_class is AttributionClass.INFLUENCED
    assert together.influencers == (CORVID,)


def test_weights_of_two_partners_do_not_add_up() -> None:
    touches = [touch(CORVID, MEETING, "2026-03-20"), touch(SOLANO, MEETING, "2026-03-21")]

    assert decide(opportunity(), touches, [], DEFAULT_POLICY).attribution_class is AttributionClass.DIRECT


@pytest.mark.parametrize(
    ("on", "verdict"),
    [
        ("2025-09-05", InfluenceVerdict.TOO_OLD),
        ("2025-09-06", InfluenceVerdict.COUNTED),
        ("2026-06-01", InfluenceVerdict.COUNTED),
        ("2026-06-02", InfluenceVerdict.AFTER_CLOSE),
    ],
)
def test_influence_counts_from_the_look_back_to_the_close(on: str, verdict: InfluenceVerdict) -> None:
    won = opportunity(created="2026-03-05", closed="2026-06-01")

    assert decide(won, [touch(CORVID, DEMO, on)], [], DEFAULT_POLICY).touches[0].influence is verdict


def test_a_registration_too_late_to_source_still_influences() -> None:
    late = touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2026-04-01")

    decision = decide(opportunity(), [late], [], DEFAULT_POLICY)
    assert decision.attribution_class is AttributionClass.INFLUENCED


def test_the_source_is_not_also_counted_as_influence() -> None:
    touches = [touch(CORVID, LEAD, "2026-02-01"), touch(CORVID, DEMO, "2026-03-20")]

    decision = decide(opportunity(), touches, [], DEFAULT_POLICY)
    assert decision.attribution_class is AttributionClass.SOURCED
    assert decision.influencers == ()
    assert decision.shares == (Share(CORVID, ShareRole.SOURCE, 1_000_000),)


SOURCED_WITH_TWO_INFLUENCERS = [
    touch(SOLANO, DEMO, "2026-01-15"),
    touch(CORVID, LEAD, "2026-02-01"),
    touch(NORTHWIND, DEMO, "2026-03-20"),
]


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        (SharesModel.SOURCE_TAKES_ALL, [(CORVID, 1_000_000)]),
        (SharesModel.ROLE_SPLIT, [(CORVID, 600_000), (SOLANO, 200_000), (NORTHWIND, 200_000)]),
        (SharesModel.LINEAR, [(CORVID, 333_334), (SOLANO, 333_333), (NORTHWIND, 333_333)]),
        (SharesModel.POSITION, [(CORVID, 200_000), (SOLANO, 400_000), (NORTHWIND, 400_000)]),
    ],
)
def test_each_model_divides_the_whole(model: SharesModel, shares: list[tuple[int, int]]) -> None:
    policy = replace(DEFAULT_POLICY, shares=model)

    decision = decide(opportunity(), SOURCED_WITH_TWO_INFLUENCERS, [], policy)
    assert [(share.partner_id, share.ppm) for share in decision.shares] == shares


def test_three_influencers_divide_forty_per_cent_without_losing_a_part() -> None:
    touches = [
        touch(9, LEAD, "2026-02-01"),
        touch(NORTHWIND, DEMO, "2026-02-02"),
        touch(CORVID, DEMO, "2026-02-03"),
        touch(SOLANO, DEMO, "2026-02-04"),
    ]

    decision = decide(opportunity(), touches, [], DEFAULT_POLICY)
    assert [share.ppm for share in decision.shares] == [600_000, 133_334, 133_333, 133_333]


@pytest.mark.parametrize("model", [SharesModel.SOURCE_TAKES_ALL, SharesModel.ROLE_SPLIT, SharesModel.LINEAR])
def test_without_a_source_the_influencers_divide_the_whole_equally(model: SharesModel) -> None:
    touches = [touch(CORVID, DEMO, "2026-03-20"), touch(SOLANO, DEMO, "2026-03-21")]

    decision = decide(opportunity(), touches, [], replace(DEFAULT_POLICY, shares=model))
    assert decision.shares == (
        Share(CORVID, ShareRole.INFLUENCE, 500_000),
        Share(SOLANO, ShareRole.INFLUENCE, 500_000),
    )
