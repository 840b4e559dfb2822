"""The answer to a claim and its explanation, the version that names it, and the figures that follow."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tallystick.deals.rules.answer import AnswerKind, answer_claim, explain_claim
from tallystick.deals.rules.engagement.assessing import check_claim
from tallystick.deals.rules.engagement.claims import Holder, facts_of
from tallystick.deals.rules.engagement.engagement import is_reference
from tallystick.deals.rules.engagement.reading import default_document, read_engagement
from tallystick.deals.rules.working_hours import WorkingCalendar

from .engagement_claims import CLAIM, RULES, checked, with_account, with_partner

ASKED = 8


def test_a_clean_claim_meets_every_rule_it_is_asked_and_is_held_for_review() -> None:
    answer = answer_claim(checked())

    assert (answer.kind, answer.rule) == (AnswerKind.IN_REVIEW, None)
    assert answer.sentence == f"The company is held for you while we review. {ASKED} of {ASKED} rules are met."


def test_the_second_to_register_is_declined_without_hearing_who_was_first() -> None:
    answer = answer_claim(checked(replace(CLAIM, holder=Holder.ANOTHER_PARTNER)))

    assert (answer.kind, answer.rule) == (AnswerKind.DECLINED, "first_to_register")
    assert answer.sentence == (
        "The company was already registered when your claim arrived. The first to register is protected."
    )


def test_a_repeated_claim_of_the_same_partner_is_told_so() -> None:
    answer = answer_claim(checked(replace(CLAIM, holder=Holder.THIS_PARTNER)))

    assert (answer.rule, answer.sentence) == ("not_twice", "You already hold an open registration of the company.")


def test_a_broken_rule_leaves_the_decision_to_a_person() -> None:
    answer = answer_claim(checked(with_account(is_customer=True)))

    assert answer.kind is AnswerKind.IN_REVIEW
    assert answer.sentence == f"The company is held for you while we review. {ASKED - 1} of {ASKED} rules are met."


def test_rules_can_decline_existing_customers_at_once() -> None:
    broken = "A person looks whether it is a customer.\n    broken: review"
    text = default_document()
    assert broken in text
    strict = read_engagement(text.replace(broken, broken.replace("review", "decline")))

    answer = answer_claim(check_claim(facts_of(with_account(is_customer=True)), strict, currency="GBP"))
    assert (answer.kind, answer.rule) == (AnswerKind.DECLINED, "new_to_us")
    unknown = answer_claim(check_claim(facts_of(with_account(is_customer=None)), strict, currency="GBP"))
    assert unknown.kind is AnswerKind.IN_REVIEW


def test_the_explanation_lists_every_rule_with_its_facts_under_the_version() -> None:
    eligibility = checked(with_partner(open_registrations=26))
    explanation = explain_claim(
        reference="DR-7KQ2M9",
        eligibility=eligibility,
        answer=answer_claim(eligibility),
        rules=RULES.reference(3),
    )

    assert explanation.subject == "registration DR-7KQ2M9"
    assert explanation.policy == f"engagement@3#{RULES.hash[:6]}"
    assert [step.rule for step in explanation.steps] == [rule.id for rule in RULES.rules]
    step = explanation.step("open_registrations")
    assert (step.outcome, step.label, dict(step.facts)) == (
        "broken",
        "Open registrations",
        {"partner.open_registrations": 26},
    )
    assert dict(explanation.step("minimum_value").facts) == {"claim.value_units": 42_000}


def test_the_reference_of_rules_changes_with_any_figure_and_with_no_comment() -> None:
    text = default_document()

    assert read_engagement(f"# Another remark.\n{text}").hash == RULES.hash
    assert read_engagement(text.replace("protection_days: 90", "protection_days: 91")).hash != RULES.hash
    assert read_engagement(text.replace("gte: 5000", "gte: 5001")).hash != RULES.hash


@pytest.mark.parametrize(
    ("label", "is_one"),
    [
        ("engagement@3#ab12cd", True),
        ("registration@1#9f0e11", True),
        ("Asha Patel", False),
        ("asha@example.com", False),
        ("engagement@latest", False),
        ("", False),
    ],
)
def test_decisions_of_rules_are_told_from_decisions_of_people(label: str, *, is_one: bool) -> None:
    assert is_reference(label) is is_one


def test_an_approved_registration_is_protected_for_ninety_days() -> None:
    assert RULES.protected_until(date(2026, 11, 21)) == date(2027, 2, 19)


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        (datetime(2026, 11, 20, 14, 5, tzinfo=UTC), datetime(2026, 11, 24, 14, 5, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), datetime(2026, 11, 25, 0, 0, tzinfo=UTC)),
    ],
)
def test_an_answer_is_due_within_48_hours_of_working_days(submitted: datetime, due: datetime) -> None:
    assert RULES.answer_due(submitted, calendar=WorkingCalendar(zone="Europe/London")) == due
