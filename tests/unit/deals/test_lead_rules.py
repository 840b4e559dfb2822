"""The checks of an introduction, the states of a lead, and the policy as a document."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tallystick.deals.rules.lead_checks import IntroductionFacts, assess_introduction
from tallystick.deals.rules.lead_policy import (
    DEFAULT_LEAD_POLICY,
    Criterion,
    LeadPolicyRefused,
    lead_policy_document,
    read_kept_lead_policy,
    read_lead_policy,
)
from tallystick.deals.rules.lead_states import LeadEvent, LeadMoveRefused, LeadState, may_happen, next_lead_state
from tallystick.deals.rules.working_hours import WorkingCalendar


def test_a_company_that_nobody_knows_is_clear() -> None:
    assessment = assess_introduction(IntroductionFacts())

    assert [check.sentence for check in assessment.checks] == [
        "The company is not in the CRM.",
        "The company is not a customer.",
        "Our own team has no open deal with the company.",
        "No registration holds the company.",
        "No other partner has introduced the company.",
    ]
    assert assessment.hits == ()
    assert assessment.explain(reference="LD-1", policy="leads@0").conclusion == "Nothing speaks against it."


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            IntroductionFacts(account="Cellvia GmbH", account_reason="same domain"),
            "It is Cellvia GmbH in the CRM: same domain.",
        ),
        (IntroductionFacts(is_customer=True), "The company is a customer of ours."),
        (
            IntroductionFacts(direct_deal_opened_on=date(2026, 9, 3)),
            "Our own team has an open deal with it since 3 Sep 2026.",
        ),
        (IntroductionFacts(protected_for="Fjord"), "A registration holds the company for Fjord."),
        (IntroductionFacts(introduced_by=("Nova", "Fjord")), "It was introduced before by Fjord, Nova."),
    ],
)
def test_whatever_was_found_the_vendor_reads_what_it_is(facts: IntroductionFacts, words: str) -> None:
    assert [check.sentence for check in assess_introduction(facts).hits] == [words]


def test_what_partners_learn_has_moved_out_of_the_policy_of_leads() -> None:
    with pytest.raises(LeadPolicyRefused) as refusal:
        read_lead_policy({"answer_hours": 24, "partner_learns": "nothing"})

    assert refusal.value.errors == (
        "partner_learns: what partners learn holds for leads and registrations alike: Settings, What partners learn",
    )
    assert read_kept_lead_policy({"answer_hours": 24, "partner_learns": "nothing"}) == read_lead_policy(
        {"answer_hours": 24}
    )


def test_a_lead_is_accepted_qualified_and_converted_or_declined_on_the_way() -> None:
    moves = [(state.value, event.value) for state in LeadState for event in LeadEvent if may_happen(state, event)]

    assert moves == [
        ("new", "accept"),
        ("new", "decline"),
        ("accepted", "qualify"),
        ("accepted", "convert"),
        ("accepted", "decline"),
        ("qualified", "convert"),
        ("qualified", "decline"),
    ]
    assert next_lead_state(LeadState.ACCEPTED, LeadEvent.QUALIFY) is LeadState.QUALIFIED
    with pytest.raises(LeadMoveRefused, match=r"^The lead was declined: you cannot accept it\.$"):
        next_lead_state(LeadState.DECLINED, LeadEvent.ACCEPT)


def test_the_clock_leaves_the_weekend_out() -> None:
    berlin = WorkingCalendar(zone="Europe/Berlin")
    friday_noon = datetime(2026, 10, 30, 11, 0, tzinfo=UTC)

    assert DEFAULT_LEAD_POLICY.offer_due(friday_noon, calendar=berlin) == datetime(2026, 11, 2, 11, 0, tzinfo=UTC)
    assert DEFAULT_LEAD_POLICY.answer_due(friday_noon, calendar=berlin) == datetime(2026, 11, 3, 11, 0, tzinfo=UTC)


def test_a_policy_is_read_from_what_it_is_written_as() -> None:
    assert read_lead_policy(lead_policy_document(DEFAULT_LEAD_POLICY)) == DEFAULT_LEAD_POLICY
    changed = read_lead_policy({"offer_hours": 8, "weights": {"tier": 0}})
    assert (changed.offer_hours, changed.weights[Criterion.TIER], changed.weights[Criterion.TYPE]) == (8, 0, 15)


def test_a_policy_that_weighs_nothing_or_holds_a_strange_field_is_refused() -> None:
    nothing = dict.fromkeys(Criterion, 0)
    with pytest.raises(LeadPolicyRefused, match="Give at least one criterion a weight above 0"):
        read_lead_policy({"weights": nothing})
    with pytest.raises(LeadPolicyRefused) as refusal:
        read_lead_policy({"offer_hours": 0, "offers": 3})
    assert refusal.value.errors == (
        "offer_hours: Input should be greater than or equal to 1",
        "offers: Extra inputs are not permitted",
    )
