"""The checks of a registration and the answer a partner reads."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tallystick.deals.rules.answer import AnswerKind, answer_claim, explain_claim
from tallystick.deals.rules.eligibility import CheckOutcome, ClaimFacts, Holder, check_claim
from tallystick.deals.rules.policy import DEFAULT_REGISTRATION_POLICY, RegistrationPolicy, Rule
from tallystick.kernel.money import Money

POLICY = DEFAULT_REGISTRATION_POLICY
CLAIM = ClaimFacts(
    claimed_on=date(2026, 11, 20),
    value=Money(4_200_000, "GBP"),
    value_here=Money(4_200_000, "GBP"),
    holder=Holder.NOBODY,
    is_customer=False,
    direct_deal_opened_on=None,
    direct_work_on=None,
    other_open_registrations=3,
)


def outcome_of(claim: ClaimFacts, rule: Rule) -> tuple[CheckOutcome, str]:
    check = next(check for check in check_claim(claim, POLICY).checks if check.rule is rule)
    return check.outcome, check.sentence


def test_a_clean_claim_meets_every_rule_and_is_held_for_review() -> None:
    eligibility = check_claim(CLAIM, POLICY)

    assert [check.outcome for check in eligibility.checks] == [CheckOutcome.MET] * 6
    answer = answer_claim(eligibility)
    assert answer.kind is AnswerKind.IN_REVIEW
    assert answer.sentence == "The company is held for you while we review. 6 of 6 rules are met."


def test_the_second_to_register_is_declined_without_hearing_who_was_first() -> None:
    answer = answer_claim(check_claim(replace(CLAIM, holder=Holder.ANOTHER_PARTNER), POLICY))

    assert answer.kind is AnswerKind.DECLINED
    assert answer.rule is Rule.FIRST_TO_REGISTER
    assert answer.sentence == (
        "The company was already registered when your claim arrived. The first to register is protected."
    )


def test_a_repeated_claim_of_the_same_partner_is_told_so() -> None:
    answer = answer_claim(check_claim(replace(CLAIM, holder=Holder.THIS_PARTNER), POLICY))

    assert answer.sentence == "You already hold an open registration of the company."


@pytest.mark.parametrize(
    ("change", "rule", "sentence"),
    [
        ({"is_customer": True}, Rule.NEW_TO_US, "The company is already a customer of ours."),
        (
            {"direct_deal_opened_on": date(2026, 9, 3)},
            Rule.NO_OPEN_DIRECT_DEAL,
            "Our own team has an open deal with the company since 3 Sep 2026.",
        ),
        (
            {"direct_work_on": date(2026, 8, 22)},
            Rule.NOT_WORKED_BY_DIRECT,
            "Our own team last met the company on 22 Aug 2026.",
        ),
        (
            {"value_here": Money(499_999, "GBP")},
            Rule.MINIMUM_VALUE,
            "The value is below 5,000.00 GBP, the least we register.",
        ),
        (
            {"other_open_registrations": 25},
            Rule.OPEN_REGISTRATIONS,
            "You already have 25 open registrations, the most we accept at a time.",
        ),
    ],
)
def test_a_broken_rule_says_what_is_broken_and_leaves_the_decision_to_a_person(
    change: dict[str, object], rule: Rule, sentence: str
) -> None:
    claim = replace(CLAIM, **change)  # type: ignore[arg-type]

    assert outcome_of(claim, rule) == (CheckOutcome.BROKEN, sentence)
    assert answer_claim(check_claim(claim, POLICY)).sentence == (
        "The company is held for you while we review. 5 of 6 rules are met."
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"direct_work_on": date(2026, 8, 21)}, Rule.NOT_WORKED_BY_DIRECT),
        ({"value_here": Money(500_000, "GBP")}, Rule.MINIMUM_VALUE),
        ({"value_here": Money(5_000, "JPY")}, Rule.MINIMUM_VALUE),
        ({"other_open_registrations": 24}, Rule.OPEN_REGISTRATIONS),
    ],
)
def test_the_limit_itself_is_met(change: dict[str, object], rule: Rule) -> None:
    assert outcome_of(replace(CLAIM, **change), rule)[0] is CheckOutcome.MET  # type: ignore[arg-type]


def test_a_value_without_exchange_rate_is_left_to_a_person() -> None:
    claim = replace(CLAIM, value=Money(9_000_000, "NOK"), value_here=None)

    assert outcome_of(claim, Rule.MINIMUM_VALUE) == (
        CheckOutcome.UNKNOWN,
        "There is no exchange rate for NOK on that day: a person compares the value.",
    )


def test_a_policy_can_decline_existing_customers_at_once() -> None:
    strict = replace(POLICY, declining=POLICY.declining | {Rule.NEW_TO_US})
    answer = answer_claim(check_claim(replace(CLAIM, is_customer=True), strict))

    assert (answer.kind, answer.rule) == (AnswerKind.DECLINED, Rule.NEW_TO_US)


def test_the_explanation_lists_every_check_under_the_policy_version() -> None:
    eligibility = check_claim(CLAIM, POLICY)
    explanation = explain_claim(
        reference="DR-7KQ2M9", eligibility=eligibility, answer=answer_claim(eligibility), policy=POLICY
    )

    assert explanation.subject == "registration DR-7KQ2M9"
    assert explanation.policy.startswith("registration@1#")
    assert [step.rule for step in explanation.steps] == [
        "first_to_register",
        "new_to_us",
        "no_open_direct_deal",
        "not_worked_by_direct",
        "minimum_value",
        "open_registrations",
    ]


def test_the_reference_of_a_policy_changes_with_any_figure() -> None:
    def reference(policy: RegistrationPolicy) -> str:
        return policy.reference

    assert reference(POLICY) == reference(replace(POLICY))
    assert reference(POLICY) != reference(replace(POLICY, protection_days=91))


def test_an_approved_registration_is_protected_for_ninety_days() -> None:
    assert POLICY.protected_until(date(2026, 11, 21)) == date(2027, 2, 19)


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        (datetime(2026, 11, 20, 14, 5, tzinfo=UTC), datetime(2026, 11, 24, 14, 5, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), datetime(2026, 11, 25, 0, 0, tzinfo=UTC)),
    ],
)
def test_an_answer_is_due_within_48_hours_of_working_days(submitted: datetime, due: datetime) -> None:
    assert POLICY.answer_due(submitted, zone=ZoneInfo("Europe/London")) == due
