"""What a partner is told of a claim: its own side whole, and of the company no more than the policy allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.answer import AnswerKind
from tallystick.deals.rules.disclosure import COMPANY_KNOWN, Disclosure, Told, company_is_known, tell, words_on_lead
from tallystick.deals.rules.engagement.assessing import CheckOutcome, check_claim
from tallystick.deals.rules.engagement.claims import facts_of
from tallystick.kernel.explanations import FactValue

from .engagement_claims import CLAIM, RULES

ABOUT_THE_COMPANY = ["new_to_us", "no_open_direct_deal", "not_worked_by_direct"]
CUSTOMER: dict[str, FactValue] = {"account.is_customer": True}
OPEN_DEAL: dict[str, FactValue] = {
    "account.direct_deal_open": True,
    "account.direct_deal_opened_on": "2026-09-03",
    "account.direct_deal_days": 78,
}
MET: dict[str, FactValue] = {
    "account.direct_met": True,
    "account.direct_met_on": "2026-08-22",
    "account.direct_met_days_ago": 90,
}
RIVAL: dict[str, FactValue] = {"account.holder": "another_partner"}
OWN: dict[str, FactValue] = {"account.holder": "this_partner"}
KNOWN = "We know the company already. A person decides."


def told(
    disclosure: Disclosure, changed: dict[str, FactValue] | None = None, *, lead: bool = False, contact: str = ""
) -> Told:
    known = {**facts_of(CLAIM), **(changed or {})}
    eligibility = check_claim(known, RULES, currency="GBP")
    return tell(
        eligibility, facts=known, engagement=RULES, disclosure=disclosure, known_otherwise=lead, contact=contact
    )


def known(changed: dict[str, FactValue], *, lead: bool = False) -> bool:
    facts = {**facts_of(CLAIM), **changed}
    eligibility = check_claim(facts, RULES, currency="GBP")
    return company_is_known(eligibility, facts=facts, engagement=RULES, known_otherwise=lead)


def rules_of(answer: Told) -> list[str]:
    return [check.rule for check in answer.eligibility.checks]


def summary(answer: Told) -> str:
    return next(check.sentence for check in answer.eligibility.checks if check.rule == COMPANY_KNOWN)


@pytest.mark.parametrize("changed", [CUSTOMER, OPEN_DEAL, MET, {**CUSTOMER, **OPEN_DEAL}])
def test_that_a_company_is_known_is_one_sentence_whatever_is_known_of_it(changed: dict[str, FactValue]) -> None:
    answer = told(Disclosure.KNOWN, changed)

    assert answer == told(Disclosure.KNOWN, CUSTOMER)
    assert summary(answer) == KNOWN
    assert not set(ABOUT_THE_COMPANY) & set(rules_of(answer))
    assert answer.answer.sentence == (
        "The company is held for you while we review. 5 of 6 rules are met. We know the company already. "
        "A person decides."
    )


def test_a_company_nobody_knows_is_told_so_where_that_may_be_told() -> None:
    answer = told(Disclosure.KNOWN)

    assert summary(answer) == "Nothing we know of the company stands in the way."
    assert answer.answer.sentence == "The company is held for you while we review. 6 of 6 rules are met."
    assert not answer.known


def test_another_partner_s_lead_makes_a_company_known_and_nothing_else() -> None:
    assert told(Disclosure.KNOWN, lead=True) == told(Disclosure.KNOWN, CUSTOMER)


def test_whom_to_talk_to_is_told_only_where_the_policy_says_so() -> None:
    with_name = told(Disclosure.CONTACT, CUSTOMER, contact="Tom Albright")
    assert summary(with_name) == "We know the company already: talk to Tom Albright. A person decides."
    assert summary(told(Disclosure.CONTACT, CUSTOMER)) == KNOWN
    assert "Tom Albright" not in str(told(Disclosure.CONTACT, contact="Tom Albright"))
    assert "Tom Albright" not in str(told(Disclosure.KNOWN, CUSTOMER, contact="Tom Albright"))
    assert "Tom Albright" not in str(told(Disclosure.NOTHING, CUSTOMER, contact="Tom Albright"))


@pytest.mark.parametrize("disclosure", [Disclosure.KNOWN, Disclosure.CONTACT])
def test_who_came_second_is_declined_at_once_by_the_rule(disclosure: Disclosure) -> None:
    answer = told(disclosure, RIVAL)

    assert answer.answer.kind is AnswerKind.DECLINED
    assert answer.answer.rule == "first_to_register"
    assert answer.undisclosed is None


@pytest.mark.parametrize("changed", [RIVAL, {"account.overlap_holder": "another_partner"}, CUSTOMER, OPEN_DEAL, MET])
def test_where_nothing_is_told_every_company_gets_the_answer_of_one_that_is_free(
    changed: dict[str, FactValue],
) -> None:
    answer, free = told(Disclosure.NOTHING, changed), told(Disclosure.NOTHING)

    assert (answer.eligibility, answer.answer, answer.known) == (free.eligibility, free.answer, False)
    assert answer.answer.kind is AnswerKind.IN_REVIEW
    assert "first_to_register" not in rules_of(answer)
    assert summary(answer) == (
        "What we know of a company is not told before a claim to it is approved. A person looks."
    )


def test_the_rule_that_declines_is_kept_for_the_vendor() -> None:
    undisclosed = told(Disclosure.NOTHING, RIVAL).undisclosed
    assert undisclosed is not None
    assert undisclosed.rule == "first_to_register"
    assert told(Disclosure.NOTHING, CUSTOMER).undisclosed is None


@pytest.mark.parametrize("disclosure", list(Disclosure))
def test_what_a_partner_holds_itself_it_is_always_told(disclosure: Disclosure) -> None:
    answer = told(disclosure, OWN)

    assert answer.answer.rule == "not_twice"
    assert answer.answer.sentence == "You already hold an open registration of the company."


@pytest.mark.parametrize("disclosure", list(Disclosure))
def test_what_a_partner_can_mend_itself_it_is_always_told(disclosure: Disclosure) -> None:
    checks = told(disclosure, {"claim.value": 90_000, "claim.value_units": 900}).eligibility.checks

    (value,) = [check for check in checks if check.rule == "minimum_value"]
    assert value.outcome is CheckOutcome.BROKEN


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, False),
        (CUSTOMER, True),
        (OPEN_DEAL, True),
        (MET, True),
        (RIVAL, True),
        ({"account.overlap_holder": "another_partner"}, True),
        (OWN, False),
        ({"account.overlap_holder": "this_partner"}, False),
        ({"account.in_territory": False, "partner.has_territories": True}, False),
        ({"claim.value": 90_000, "claim.value_units": 900}, False),
    ],
)
def test_a_company_is_known_by_what_is_the_vendor_s_or_a_rival_s_and_not_by_what_is_the_partner_s_own(
    changed: dict[str, FactValue], *, expected: bool
) -> None:
    assert known(changed) is expected
    assert known(changed, lead=True)


@pytest.mark.parametrize(
    ("disclosure", "words"),
    [
        (Disclosure.NOTHING, ""),
        (Disclosure.KNOWN, "We know this company already. We tell you whether we take it up with you."),
        (
            Disclosure.CONTACT,
            "We know this company already: talk to Tom Albright. We tell you whether we take it up with you.",
        ),
    ],
)
def test_a_partner_that_introduces_a_company_is_told_by_the_policy_of_claims(
    disclosure: Disclosure, words: str
) -> None:
    assert words_on_lead(disclosure, known=True, contact="Tom Albright") == words
    assert words_on_lead(disclosure, known=False, contact="Tom Albright") == ""


DAYS = st.none() | st.integers(0, 400)
OF_THE_COMPANY = st.fixed_dictionaries(
    {
        "account.holder": st.sampled_from(["nobody", "another_partner"]),
        "account.overlap_holder": st.sampled_from(["nobody", "another_partner"]),
        "account.is_customer": st.sampled_from([True, False, None]),
        "account.country": st.sampled_from(["DE", "GB", None]),
        "account.in_territory": st.sampled_from([True, False, None]),
        "account.direct_deal_open": st.booleans(),
        "account.direct_deal_opened_on": st.sampled_from(["2026-09-03", None]),
        "account.direct_deal_days": DAYS,
        "account.direct_met": st.booleans(),
        "account.direct_met_on": st.sampled_from(["2026-08-22", None]),
        "account.direct_met_days_ago": DAYS,
    }
)
OF_THE_PARTNER = st.fixed_dictionaries(
    {
        "claim.value_units": st.integers(0, 10_000),
        "partner.open_registrations": st.integers(1, 40),
        "partner.has_territories": st.booleans(),
    }
)


@given(mine=OF_THE_PARTNER, one=OF_THE_COMPANY, other=OF_THE_COMPANY, lead=st.booleans())
def test_where_nothing_is_told_no_fact_of_the_company_changes_a_word(
    mine: dict[str, FactValue], one: dict[str, FactValue], other: dict[str, FactValue], *, lead: bool
) -> None:
    first = told(Disclosure.NOTHING, {**mine, **one}, lead=lead, contact="Tom")
    second = told(Disclosure.NOTHING, {**mine, **other}, contact="Ada")

    assert (first.eligibility, first.answer, first.known) == (second.eligibility, second.answer, second.known)


@given(mine=OF_THE_PARTNER, one=OF_THE_COMPANY, other=OF_THE_COMPANY, leads=st.tuples(st.booleans(), st.booleans()))
def test_who_introduces_a_company_learns_no_more_than_who_claims_it(
    mine: dict[str, FactValue], one: dict[str, FactValue], other: dict[str, FactValue], leads: tuple[bool, bool]
) -> None:
    """Of companies whose claims are answered alike one is not known while the other is."""
    first, second = {**mine, **one}, {**mine, **other}

    if told(Disclosure.KNOWN, first, lead=leads[0]) == told(Disclosure.KNOWN, second, lead=leads[1]):
        assert known(first, lead=leads[0]) == known(second, lead=leads[1])


@given(mine=OF_THE_PARTNER, company=OF_THE_COMPANY, disclosure=st.sampled_from(Disclosure))
def test_no_fact_of_the_company_stands_among_what_is_told(
    mine: dict[str, FactValue], company: dict[str, FactValue], disclosure: Disclosure
) -> None:
    answer = told(disclosure, {**mine, **company})

    assert [name for check in answer.eligibility.checks for name in check.facts if name.startswith("account.")] == []
