"""What holds for every opportunity, whatever the facts."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tallystick.attribution.rules.decision import AttributionClass, decide
from tallystick.attribution.rules.explanation import explain
from tallystick.attribution.rules.facts import DirectEvidence, DirectKind, OpportunityFacts, TouchFacts, TouchKind
from tallystick.attribution.rules.policy import DEFAULT_POLICY, AttributionPolicy, SharesModel
from tallystick.attribution.rules.record import decision_record, read_record
from tallystick.attribution.rules.sourcing import SourceVerdict

from .facts import NAMES

CREATED = date(2026, 3, 5)
days = st.integers(-220, 220).map(lambda offset: CREATED + timedelta(days=offset))
later_days = st.integers(0, 220).map(lambda offset: CREATED + timedelta(days=offset))
policies = st.builds(
    replace,
    st.just(DEFAULT_POLICY),
    shares=st.sampled_from(SharesModel),
    grace_days=st.integers(0, 30),
    look_back_days=st.integers(0, 200),
    influence_threshold=st.integers(1, 25),
    lock_days=st.integers(0, 60),
)
opportunities = st.builds(
    OpportunityFacts,
    key=st.just("crm:O1"),
    created_on=st.just(CREATED),
    closed_on=st.none() | later_days,
    account_key=st.just("crm:A1"),
    known_since=st.none() | later_days,
)
touches = st.builds(
    TouchFacts,
    key=st.integers(1, 30).map("portal:{}".format),
    partner_id=st.integers(1, 4),
    kind=st.sampled_from(TouchKind),
    occurred_on=days,
    learned_on=days,
    opportunity_key=st.sampled_from([None, "crm:O1", "crm:O2"]),
)
evidence = st.builds(
    DirectEvidence,
    key=st.integers(1, 9).map("crm:{}".format),
    kind=st.sampled_from(DirectKind),
    occurred_on=days,
    learned_on=days,
    until=st.none() | days,
)
touch_lists = st.lists(touches, max_size=8)
# A record names a touch by the evidence that stood in its way; a key stands for one piece of it.
evidence_lists = st.lists(evidence, max_size=3, unique_by=lambda piece: piece.key)


@given(opportunities, touch_lists, evidence_lists, policies)
def test_the_class_is_exclusive_and_follows_from_the_partners(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
) -> None:
    decision = decide(about, facts, direct, policy)

    expected = (
        AttributionClass.SOURCED
        if decision.source_partner_id is not None
        else AttributionClass.INFLUENCED
        if decision.influencers
        else AttributionClass.DIRECT
    )
    assert decision.attribution_class is expected
    assert decision.source_partner_id not in decision.influencers
    assert sum(judged.source.verdict is SourceVerdict.CHOSEN for judged in decision.touches) <= 1


@given(opportunities, touch_lists, evidence_lists, policies)
def test_shares_sum_to_the_whole_wherever_there_is_a_partner(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
) -> None:
    decision = decide(about, facts, direct, policy)

    assert sum(share.ppm for share in decision.shares) == (1_000_000 if decision.credited else 0)
    assert {share.partner_id for share in decision.shares} <= decision.credited
    assert len({share.partner_id for share in decision.shares}) == len(decision.shares)


@given(opportunities, touch_lists, evidence_lists, policies, st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_order_and_repeats_of_facts_change_nothing(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
    shuffle: Random,
    repeats: int,
) -> None:
    again, direct_again = facts * repeats, direct * repeats
    shuffle.shuffle(again)
    shuffle.shuffle(direct_again)

    assert decide(about, again, direct_again, policy) == decide(about, facts, direct, policy)


@given(opportunities, touch_lists, evidence_lists, policies, touches)
def test_a_touch_learned_after_the_lock_changes_no_credit(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
    newcomer: TouchFacts,
) -> None:
    closed = replace(about, closed_on=CREATED + timedelta(days=20), known_since=None)
    locked_on = CREATED + timedelta(days=20 + policy.lock_days + 1)
    late = replace(newcomer, key="portal:new", learned_on=locked_on)

    before, after = decide(closed, facts, direct, policy), decide(closed, [*facts, late], direct, policy)
    assert (after.source_partner_id, after.influencers, after.shares) == (
        before.source_partner_id,
        before.influencers,
        before.shares,
    )


@given(opportunities, touch_lists, evidence_lists, policies, touches)
def test_one_more_touch_never_leaves_a_sourced_deal_without_a_source(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
    newcomer: TouchFacts,
) -> None:
    before = decide(about, facts, direct, policy)
    after = decide(about, [*facts, replace(newcomer, key="portal:new")], direct, policy)

    assert before.source_partner_id is None or after.source_partner_id is not None


@given(opportunities, touch_lists, evidence_lists, policies, touches)
def test_a_later_touch_of_no_higher_class_never_takes_the_source_away(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
    newcomer: TouchFacts,
) -> None:
    before = decide(about, facts, direct, policy)
    chosen = next((j.touch for j in before.touches if j.source.verdict is SourceVerdict.CHOSEN), None)
    if chosen is None:
        return
    later = replace(newcomer, key="portal:new", kind=chosen.kind, occurred_on=chosen.occurred_on + timedelta(days=1))

    after = decide(about, [*facts, later], direct, policy)
    assert after.source_partner_id == before.source_partner_id


@given(opportunities, touch_lists, evidence_lists, policies)
def test_a_decision_survives_being_stored_and_can_be_decided_again_from_what_is_stored(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
) -> None:
    decision = decide(about, facts, direct, policy)
    stored = read_record(decision_record(decision))

    assert stored == decision
    again = decide(stored.opportunity, [judged.touch for judged in stored.touches], stored.direct, policy)
    assert again == decision


@given(opportunities, touch_lists, evidence_lists, policies)
def test_every_decision_can_be_explained_and_names_every_touch_it_judged(
    about: OpportunityFacts,
    facts: list[TouchFacts],
    direct: list[DirectEvidence],
    policy: AttributionPolicy,
) -> None:
    decision = decide(about, facts, direct, policy)
    explanation = explain(decision, policy=policy, policy_reference="attribution@1#0", names=NAMES)

    told = "\n".join(step.sentence for step in explanation.steps)
    for judged in decision.touches:
        if judged.source.verdict is not SourceVerdict.CANNOT_SOURCE:
            assert judged.touch.key in {step.facts.get("touch") for step in explanation.steps}
    assert explanation.conclusion in told
