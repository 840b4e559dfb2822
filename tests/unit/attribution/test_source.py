"""The source: which partner brought the deal."""

import pytest

from tallystick.attribution.rules.decision import AttributionClass, Decision, decide
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.rules.policy import DEFAULT_POLICY
from tallystick.attribution.rules.sourcing import SourceVerdict, direct_opportunities

from .facts import CORVID, NORTHWIND, day, meeting, opportunity, touch

REGISTRATION = TouchKind.REGISTRATION_APPROVED
LEAD = TouchKind.LEAD_ACCEPTED
REFERRAL = TouchKind.TRACKED_REFERRAL
INTRODUCTION = TouchKind.INTRODUCTION_ACCEPTED


def verdicts(decision: Decision) -> list[SourceVerdict]:
    return [judged.source.verdict for judged in decision.touches]


@pytest.mark.parametrize("kind", [REGISTRATION, LEAD, REFERRAL, INTRODUCTION])
def test_a_touch_that_can_source_makes_its_partner_the_source(kind: TouchKind) -> None:
    decision = decide(opportunity(), [touch(CORVID, kind, "2026-02-01")], [], DEFAULT_POLICY)

    assert decision.attribution_class is AttributionClass.SOURCED
    assert decision.source_partner_id == CORVID


@pytest.mark.parametrize(
    "kind",
    [
        TouchKind.CO_SELL_MEETING,
        TouchKind.DEMO,
        TouchKind.IMPLEMENTATION_SCOPED,
        TouchKind.CO_MARKETING_RESPONSE,
        TouchKind.NAMED_ON_OPPORTUNITY,
    ],
)
def test_other_kinds_never_source(kind: TouchKind) -> None:
    decision = decide(opportunity(), [touch(CORVID, kind, "2026-02-01")], [], DEFAULT_POLICY)

    assert decision.source_partner_id is None
    assert verdicts(decision) == [SourceVerdict.CANNOT_SOURCE]


@pytest.mark.parametrize(
    ("on", "verdict"),
    [
        ("2025-09-05", SourceVerdict.TOO_OLD),
        ("2025-09-06", SourceVerdict.CHOSEN),
        ("2026-03-05", SourceVerdict.CHOSEN),
        ("2026-03-12", SourceVerdict.CHOSEN),
        ("2026-03-13", SourceVerdict.TOO_LATE),
    ],
)
def test_a_source_lies_within_180_days_before_creation_and_7_days_after(on: str, verdict: SourceVerdict) -> None:
    decision = decide(opportunity(created="2026-03-05"), [touch(CORVID, REGISTRATION, on)], [], DEFAULT_POLICY)

    assert verdicts(decision) == [verdict]


def test_the_highest_class_wins_over_the_earlier_touch() -> None:
    decision = decide(
        opportunity(),
        [touch(CORVID, INTRODUCTION, "2026-01-10"), touch(NORTHWIND, REGISTRATION, "2026-03-01")],
        [],
        DEFAULT_POLICY,
    )

    assert decision.source_partner_id == NORTHWIND
    assert verdicts(decision) == [SourceVerdict.OUTRANKED, SourceVerdict.CHOSEN]


def test_within_a_class_the_earliest_wins() -> None:
    decision = decide(
        opportunity(),
        [touch(NORTHWIND, LEAD, "2026-02-02"), touch(CORVID, LEAD, "2026-02-01")],
        [],
        DEFAULT_POLICY,
    )

    assert decision.source_partner_id == CORVID


def test_equal_class_and_day_are_decided_by_the_reference_not_by_arrival() -> None:
    first = touch(NORTHWIND, LEAD, "2026-02-01", key="crm:L-1")
    second = touch(CORVID, LEAD, "2026-02-01", key="crm:L-2")

    assert decide(opportunity(), [first, second], [], DEFAULT_POLICY).source_partner_id == NORTHWIND
    assert decide(opportunity(), [second, first], [], DEFAULT_POLICY).source_partner_id == NORTHWIND


def test_a_meeting_of_ours_before_the_touch_makes_the_deal_direct_sourced() -> None:
    decision = decide(opportunity(), [touch(CORVID, LEAD, "2026-02-01")], [meeting("2026-01-31")], DEFAULT_POLICY)

    assert decision.source_partner_id is None
    assert decision.touches[0].source.verdict is SourceVerdict.DIRECT_FIRST
    assert decision.touches[0].source.direct == meeting("2026-01-31")


def test_a_meeting_on_the_day_of_the_touch_does_not_go_before_it() -> None:
    decision = decide(opportunity(), [touch(CORVID, LEAD, "2026-02-01")], [meeting("2026-02-01")], DEFAULT_POLICY)

    assert decision.source_partner_id == CORVID


def test_a_meeting_before_the_look_back_is_no_evidence() -> None:
    decision = decide(opportunity(), [touch(CORVID, LEAD, "2026-02-01")], [meeting("2025-09-05")], DEFAULT_POLICY)

    assert decision.source_partner_id == CORVID


def test_an_introduction_before_our_meeting_sources_where_a_registration_after_it_cannot() -> None:
    decision = decide(
        opportunity(),
        [touch(CORVID, INTRODUCTION, "2026-01-10"), touch(NORTHWIND, REGISTRATION, "2026-02-01")],
        [meeting("2026-01-20")],
        DEFAULT_POLICY,
    )

    assert decision.source_partner_id == CORVID
    assert verdicts(decision) == [SourceVerdict.CHOSEN, SourceVerdict.DIRECT_FIRST]


@pytest.mark.parametrize(
    ("closed", "source"),
    [(None, None), ("2026-02-02", None), ("2026-02-01", CORVID), ("2026-01-20", CORVID)],
)
def test_another_direct_opportunity_blocks_a_touch_only_while_it_was_open(
    closed: str | None, source: int | None
) -> None:
    ours = opportunity("crm:O0", created="2026-01-10", closed=closed)
    lead = touch(CORVID, LEAD, "2026-02-01", only_for="crm:O1")
    direct = direct_opportunities([ours, opportunity()], [lead], DEFAULT_POLICY)

    assert decide(opportunity(), [lead], direct, DEFAULT_POLICY).source_partner_id == source


def test_an_opportunity_a_partner_could_have_sourced_is_not_direct_evidence() -> None:
    earlier = opportunity("crm:O0", created="2026-01-10")
    introduction = touch(NORTHWIND, INTRODUCTION, "2026-01-05", only_for="crm:O0")

    assert direct_opportunities([earlier], [introduction], DEFAULT_POLICY) == ()
    assert [evidence.key for evidence in direct_opportunities([earlier], [], DEFAULT_POLICY)] == ["crm:O0"]


def test_an_opportunity_is_never_evidence_against_itself() -> None:
    lead = touch(CORVID, LEAD, "2026-03-10")
    direct = direct_opportunities([opportunity()], [], DEFAULT_POLICY)

    assert decide(opportunity(), [lead], direct, DEFAULT_POLICY).source_partner_id == CORVID


def test_a_touch_that_names_another_opportunity_is_no_evidence_here() -> None:
    decision = decide(opportunity("crm:O1"), [touch(CORVID, LEAD, "2026-02-01", only_for="crm:O2")], [], DEFAULT_POLICY)

    assert decision.attribution_class is AttributionClass.DIRECT
    assert decision.touches == ()


@pytest.mark.parametrize(("learned", "source"), [("2026-07-01", CORVID), ("2026-07-02", None)])
def test_a_touch_learned_after_the_lock_changes_nothing(learned: str, source: int | None) -> None:
    won = opportunity(closed="2026-06-01")
    decision = decide(won, [touch(CORVID, LEAD, "2026-02-01", learned=learned)], [], DEFAULT_POLICY)

    assert decision.locks_after == day("2026-07-01")
    assert decision.source_partner_id == source


def test_direct_evidence_learned_after_the_lock_takes_nothing_away() -> None:
    won = opportunity(closed="2026-06-01")
    lead = touch(CORVID, LEAD, "2026-02-01")

    late = meeting("2026-01-15", learned="2026-07-02")
    assert decide(won, [lead], [late], DEFAULT_POLICY).source_partner_id == CORVID
    in_time = meeting("2026-01-15", learned="2026-07-01")
    assert decide(won, [lead], [in_time], DEFAULT_POLICY).source_partner_id is None


def test_history_loaded_later_locks_counting_from_the_day_it_was_known() -> None:
    won = opportunity(closed="2024-06-01", created="2024-03-05", known_since="2026-01-01")
    lead = touch(CORVID, LEAD, "2024-02-01", learned="2026-01-20")
    decision = decide(won, [lead], [], DEFAULT_POLICY)

    assert decision.locks_after == day("2026-01-31")
    assert decision.source_partner_id == CORVID
