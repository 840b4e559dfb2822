"""What a decision says about itself."""

from tallystick.attribution.rules.decision import decide
from tallystick.attribution.rules.explanation import explain
from tallystick.attribution.rules.facts import DirectEvidence, OpportunityFacts, TouchFacts, TouchKind
from tallystick.attribution.rules.policy import DEFAULT_POLICY
from tallystick.kernel.explanations import Explanation

from .facts import CORVID, NAMES, NORTHWIND, SOLANO, meeting, opportunity, touch

REGISTRATION, DEMO = TouchKind.REGISTRATION_APPROVED, TouchKind.DEMO


def explained(
    about: OpportunityFacts,
    touches: list[TouchFacts],
    direct: list[DirectEvidence] | None = None,
    names: dict[int, str] = NAMES,
) -> Explanation:
    decision = decide(about, touches, direct or [], DEFAULT_POLICY)
    return explain(decision, policy=DEFAULT_POLICY, policy_reference="attribution@3#ab12cd", names=names)


def sentences(explanation: Explanation) -> list[tuple[str, str]]:
    return [(step.rule, step.sentence) for step in explanation.steps]


def test_a_sourced_and_influenced_deal_is_explained_rule_by_rule() -> None:
    explanation = explained(
        opportunity(created="2026-03-05", closed="2026-06-01"),
        [
            touch(NORTHWIND, REGISTRATION, "2026-02-01"),
            touch(CORVID, REGISTRATION, "2026-03-20"),
            touch(SOLANO, TouchKind.CO_SELL_MEETING, "2026-04-02"),
        ],
    )

    assert explanation.subject == "opportunity crm:O1"
    assert explanation.policy == "attribution@3#ab12cd"
    assert explanation.conclusion == "Sourced by Northwind, influenced by Corvid."
    assert sentences(explanation) == [
        (
            "window",
            (
                "The opportunity was created on 5 Mar 2026. A touch can be its source from 6 Sep 2025 (180 days "
                "before) until 12 Mar 2026 (7 days of grace)."
            ),
        ),
        (
            "source",
            (
                "Northwind's approved registration of 1 Feb 2026 comes first among the evidence that can source: "
                "Northwind is the source."
            ),
        ),
        ("source", "Corvid's approved registration of 20 Mar 2026 came after 12 Mar 2026: too late to source."),
        (
            "influence",
            "Corvid: approved registration 20 Mar 2026 (10) = 10, at least the 10 that count as influence.",
        ),
        ("influence", "Solano: co-sell meeting 2 Apr 2026 (5) = 5, below the 10 that count as influence."),
        ("class", "Sourced by Northwind, influenced by Corvid."),
        ("shares", "Split by role: Northwind 60 %, Corvid 40 %."),
        (
            "lock",
            "Closed on 1 Jun 2026: what is learned after 1 Jul 2026 (30 days) no longer changes this.",
        ),
        (
            "would_change",
            (
                "Without Northwind's approved registration of 1 Feb 2026 no partner would be the source, and Corvid "
                "would have influenced it."
            ),
        ),
        (
            "would_change",
            "Evidence with 5 more weight (for instance a co-sell meeting) would have made Solano an influencer.",
        ),
    ]


def test_a_late_registration_is_told_by_when_it_would_have_been_the_source() -> None:
    explanation = explained(opportunity(), [touch(CORVID, REGISTRATION, "2026-03-20")])

    assert explanation.conclusion == "Influenced by Corvid; no partner sourced it."
    assert explanation.step("would_change").sentence == (
        "Had Corvid's approved registration of 20 Mar 2026 come by 12 Mar 2026, Corvid would be the source."
    )


def test_a_late_registration_that_would_not_have_won_anyway_is_not_promised_the_source() -> None:
    explanation = explained(
        opportunity(),
        [touch(NORTHWIND, REGISTRATION, "2026-02-01"), touch(CORVID, REGISTRATION, "2026-03-20")],
    )

    assert not [s for rule, s in sentences(explanation) if rule == "would_change" and s.startswith("Had Corvid")]


def test_our_own_meeting_is_named_with_its_date() -> None:
    explanation = explained(opportunity(), [touch(CORVID, REGISTRATION, "2026-02-01")], [meeting("2026-01-20")])

    assert explanation.step("source").sentence == (
        "Corvid's approved registration of 1 Feb 2026 came after our own meeting of 20 Jan 2026: it cannot source."
    )
    assert explanation.step("would_change").sentence == (
        "Had Corvid's approved registration of 1 Feb 2026 come by 20 Jan 2026, no later than our own meeting of "
        "20 Jan 2026, Corvid would be the source."
    )


def test_a_fact_learned_after_the_lock_is_listed_and_refused() -> None:
    explanation = explained(
        opportunity(closed="2026-06-01"), [touch(CORVID, REGISTRATION, "2026-02-01", learned="2026-07-05")]
    )

    assert explanation.conclusion == "Direct: no partner sourced or influenced it."
    assert explanation.step("source").sentence == (
        "Corvid's approved registration of 1 Feb 2026 was learned of on 5 Jul 2026, after the decision was locked."
    )
    assert explanation.step("would_change").sentence == (
        "Had Corvid's approved registration of 1 Feb 2026 been known by 1 Jul 2026, Corvid would be the source."
    )


def test_partners_a_reader_may_not_see_stay_unnamed() -> None:
    explanation = explained(
        opportunity(),
        [touch(NORTHWIND, REGISTRATION, "2026-02-01"), touch(CORVID, DEMO, "2026-03-20")],
        names={CORVID: "Corvid"},
    )

    assert explanation.conclusion == "Sourced by Another partner, influenced by Corvid."
    assert "Northwind" not in str(explanation.as_json())


def test_a_deal_without_evidence_says_so_in_two_steps() -> None:
    explanation = explained(opportunity(), [])

    assert [step.rule for step in explanation.steps] == ["window", "class"]
    assert explanation.conclusion == "Direct: no partner sourced or influenced it."
