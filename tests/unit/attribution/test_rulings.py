"""A ruling decides of its claimants alone, whatever the evidence and the lock say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.attribution.rules.decision import AttributionClass, decide
from tallystick.attribution.rules.explanation import explain
from tallystick.attribution.rules.facts import (
    DirectEvidence,
    OpportunityFacts,
    RulingFacts,
    TouchFacts,
    TouchKind,
    TouchRulingFacts,
)
from tallystick.attribution.rules.gaps import find_gaps
from tallystick.attribution.rules.policy import DEFAULT_POLICY, AttributionPolicy, SharesModel
from tallystick.attribution.rules.record import decision_record, read_record

from .facts import CORVID, NAMES, NORTHWIND, SOLANO, day, opportunity, touch
from .test_properties import evidence_lists, opportunities, policies, touch_lists

ROLES = replace(DEFAULT_POLICY, shares=SharesModel.ROLE_SPLIT)


def ruling(*parts: tuple[int, int], claimants: tuple[int, ...] = (NORTHWIND, CORVID)) -> RulingFacts:
    return RulingFacts("CF-12/1", day("2026-09-04"), "first_to_register", "engagement@3#ab12cd", claimants, parts)


REGISTERED = [
    touch(NORTHWIND, TouchKind.REGISTRATION_APPROVED, "2026-02-01"),
    touch(CORVID, TouchKind.LEAD_ACCEPTED, "2026-02-02"),
    touch(SOLANO, TouchKind.DEMO, "2026-03-10"),
    touch(SOLANO, TouchKind.CO_SELL_MEETING, "2026-03-12"),
]


def test_the_upheld_claim_is_the_source_and_the_other_claimant_gets_nothing() -> None:
    decision = decide(opportunity(), REGISTERED, [], ROLES, ruling((CORVID, 1_000_000)))

    assert decision.source_partner_id == CORVID
    assert NORTHWIND not in decision.credited
    assert sum(share.ppm for share in decision.shares) == 1_000_000


def test_claims_that_share_divide_what_falls_to_the_source_and_others_keep_theirs() -> None:
    alone = decide(opportunity(), REGISTERED[2:], [], ROLES, ruling((CORVID, 1_000_000)))
    shared = decide(opportunity(), REGISTERED, [], ROLES, ruling((CORVID, 700_000), (NORTHWIND, 300_000)))

    assert [(share.partner_id, share.ppm) for share in alone.shares] == [(CORVID, 600_000), (SOLANO, 400_000)]
    assert [(share.partner_id, share.ppm) for share in shared.shares] == [
        (CORVID, 420_000),
        (NORTHWIND, 180_000),
        (SOLANO, 400_000),
    ]


def test_a_rejection_leaves_no_claimant_any_credit() -> None:
    decision = decide(opportunity(), REGISTERED[:2], [], ROLES, ruling())

    assert decision.attribution_class is AttributionClass.DIRECT
    assert decision.shares == ()


def test_a_ruling_decides_also_after_the_lock_and_without_any_evidence() -> None:
    closed = opportunity(closed="2025-01-31", created="2025-01-01")
    decision = decide(closed, [], [], ROLES, ruling((NORTHWIND, 1_000_000)))

    assert decision.source_partner_id == NORTHWIND


def test_the_explanation_names_the_ruling_its_rule_and_the_version() -> None:
    decision = decide(opportunity(), REGISTERED[:2], [], ROLES, ruling((CORVID, 1_000_000)))
    told = explain(decision, policy=ROLES, policy_reference="attribution@1#aa", names=NAMES)

    [step] = [step for step in told.steps if step.rule == "ruling"]
    assert step.sentence == (
        "Northwind and Corvid claimed it. The ruling CF-12/1 of 4 Sep 2026 decides, by rule first_to_register of "
        "engagement@3#ab12cd: the claim of Corvid stands."
    )
    assert [step.sentence for step in told.steps if step.rule == "would_change"] == [
        "Evidence no longer changes what was ruled; a later ruling does."
    ]


def test_what_was_ruled_is_no_gap_any_more() -> None:
    rivals = [
        touch(NORTHWIND, TouchKind.REGISTRATION_APPROVED, "2026-02-01"),
        touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2026-02-02"),
    ]

    assert find_gaps(decide(opportunity(), rivals, [], ROLES), ROLES)
    assert find_gaps(decide(opportunity(), rivals, [], ROLES, ruling((CORVID, 1_000_000))), ROLES) == ()


claims = st.lists(st.integers(1, 4), unique=True, min_size=1, max_size=3)


@st.composite
def rulings(draw: st.DrawFn) -> RulingFacts:
    claimants = draw(claims)
    among = draw(st.lists(st.sampled_from(claimants), unique=True))
    parts = []
    left = 1_000_000
    for at, partner in enumerate(among):
        ppm = left if at == len(among) - 1 else draw(st.integers(1, left - (len(among) - 1 - at)))
        parts.append((partner, ppm))
        left -= ppm
    return ruling(*sorted(parts, key=lambda part: -part[1]), claimants=tuple(sorted(claimants)))


@given(opportunities, touch_lists, evidence_lists, policies, rulings())
def test_shares_sum_to_one_and_only_the_upheld_claimants_are_credited(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
    ruled: RulingFacts,
) -> None:
    decision = decide(about, facts, direct, policy, ruled)

    assert sum(share.ppm for share in decision.shares) == (1_000_000 if decision.credited else 0)
    assert decision.credited.intersection(ruled.claimants) == {partner for partner, _ in ruled.parts}
    assert read_record(decision_record(decision)) == replace(
        decision, opportunity=read_record(decision_record(decision)).opportunity
    )
    assert decide(about, list(reversed(facts)), direct, policy, ruled) == decision


def overruled(on: str, *, stands_again: str = "") -> TouchFacts:
    rulings = [TouchRulingFacts("CF-1/1", day(on), stands=False)]
    if stands_again:
        rulings.append(TouchRulingFacts("CF-1/2", day(stands_again), stands=True))
    registered = touch(NORTHWIND, TouchKind.REGISTRATION_APPROVED, "2026-03-01", key="tallystick:DR-1")
    return replace(registered, rulings=tuple(rulings))


def test_an_overruled_registration_neither_sources_nor_influences_and_the_explanation_says_by_which_ruling() -> None:
    later = touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2026-03-03", key="tallystick:DR-2")
    decision = decide(opportunity(), [overruled("2026-03-20"), later], [], DEFAULT_POLICY)

    assert (decision.source_partner_id, decision.influencers) == (CORVID, ())
    assert [(each.source.verdict, each.influence) for each in decision.touches] == [
        ("overruled", "overruled"),
        ("chosen", "is_source"),
    ]
    assert find_gaps(decision, DEFAULT_POLICY) == ()
    told = explain(decision, policy=DEFAULT_POLICY, policy_reference="attribution@1#aa", names=NAMES)
    words = " ".join(step.sentence for step in told.steps)
    assert "was overruled by ruling CF-1/1 on 20 Mar 2026: it cannot source." in words
    assert "was overruled: not counted as influence." in words
    assert read_record(decision_record(decision)).touches == decision.touches


@pytest.mark.parametrize(
    ("on", "stands_again", "source"),
    [
        ("2026-05-10", "", None),
        ("2026-05-11", "", NORTHWIND),
        ("2026-04-20", "2026-05-10", NORTHWIND),
        ("2026-04-20", "2026-05-11", None),
    ],
)
def test_of_a_locked_deal_only_what_was_ruled_of_its_evidence_before_the_lock_counts(
    on: str, stands_again: str, source: int | None
) -> None:
    closed = opportunity(closed="2026-04-10", known_since="2026-03-05")
    decision = decide(closed, [overruled(on, stands_again=stands_again)], [], DEFAULT_POLICY)

    assert decision.locks_after == day("2026-05-10")
    assert decision.source_partner_id == source
