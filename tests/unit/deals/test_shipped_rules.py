"""Each rule that ships: a claim that meets it, one that breaks it, one where a fact is missing, with what is read."""

from __future__ import annotations

import pytest

from tallystick.kernel.explanations import FactValue

from .engagement_claims import RULES, CheckOutcome, check_of

MET, BROKEN, UNKNOWN, NOT_ASKED = (
    CheckOutcome.MET,
    CheckOutcome.BROKEN,
    CheckOutcome.UNKNOWN,
    CheckOutcome.NOT_ASKED,
)
KEEPS: dict[str, FactValue] = {"programme.keeps_certificates": True}
TERRITORY: dict[str, FactValue] = {"partner.has_territories": True, "partner.territories": "AT, DE"}
VIA: dict[str, FactValue] = {"claim.names_distributor": True}

CASES: list[tuple[str, dict[str, FactValue], CheckOutcome, str]] = [
    ("first_to_register", {}, MET, "You are the first to register the company."),
    (
        "first_to_register",
        {"account.holder": "another_partner"},
        BROKEN,
        "The company was already registered when your claim arrived. The first to register is protected.",
    ),
    (
        "first_to_register",
        {"account.holder": None},
        UNKNOWN,
        "We cannot tell yet whether the company is registered. A person looks.",
    ),
    ("not_twice", {}, MET, "You hold no other registration of the company."),
    (
        "not_twice",
        {"account.holder": "this_partner"},
        BROKEN,
        "You already hold an open registration of the company.",
    ),
    (
        "not_twice",
        {"account.holder": None},
        UNKNOWN,
        "We cannot tell yet whether you hold the company already. A person looks.",
    ),
    ("product_scope", {}, MET, "No claim to another part of the company stands in the way of yours."),
    (
        "product_scope",
        {"account.overlap_holder": "another_partner"},
        BROKEN,
        (
            "Another claim to this company was there first and overlaps with yours. "
            "The whole company and one product of it are never held side by side."
        ),
    ),
    (
        "product_scope",
        {"account.overlap_holder": None},
        UNKNOWN,
        "We cannot tell yet whether another claim overlaps with yours. A person looks.",
    ),
    ("new_to_us", {}, MET, "The company is not a customer yet."),
    ("new_to_us", {"account.is_customer": True}, BROKEN, "The company is already a customer of ours."),
    (
        "new_to_us",
        {"account.is_customer": None},
        UNKNOWN,
        "A company we know may be the one you mean. A person looks whether it is a customer.",
    ),
    ("no_open_direct_deal", {}, MET, "Our own team has no open deal with the company."),
    (
        "no_open_direct_deal",
        {"account.direct_deal_open": True, "account.direct_deal_opened_on": "2026-09-03"},
        BROKEN,
        "Our own team has an open deal with the company since 3 Sep 2026.",
    ),
    (
        "no_open_direct_deal",
        {"account.direct_deal_open": None},
        UNKNOWN,
        "We cannot tell whether our own team has an open deal with the company. A person looks.",
    ),
    ("not_worked_by_direct", {}, MET, "Our own team has not met the company in the last 90 days."),
    (
        "not_worked_by_direct",
        {"account.direct_met": True, "account.direct_met_days_ago": 91, "account.direct_met_on": "2026-08-21"},
        MET,
        "Our own team has not met the company in the last 90 days.",
    ),
    (
        "not_worked_by_direct",
        {"account.direct_met": True, "account.direct_met_days_ago": 90, "account.direct_met_on": "2026-08-22"},
        BROKEN,
        "Our own team last met the company on 22 Aug 2026.",
    ),
    (
        "not_worked_by_direct",
        {"account.direct_met": True, "account.direct_met_days_ago": None},
        UNKNOWN,
        "We cannot tell when our own team last met the company. A person looks.",
    ),
    ("minimum_value", {"claim.value_units": 5_000}, MET, "The value is at least 5,000 GBP."),
    ("minimum_value", {"claim.value_units": 4_999}, BROKEN, "The value is below 5,000 GBP, the least we register."),
    (
        "minimum_value",
        {"claim.value_units": None, "claim.currency": "NOK"},
        UNKNOWN,
        "There is no exchange rate for NOK on that day. A person compares the value.",
    ),
    (
        "territory",
        {**TERRITORY, "account.country": "DE", "account.in_territory": True},
        MET,
        "The company is in your territory.",
    ),
    (
        "territory",
        {**TERRITORY, "account.country": "FR", "account.in_territory": False},
        BROKEN,
        "The company is in FR; your territory is AT, DE.",
    ),
    (
        "territory",
        {**TERRITORY, "account.country": None, "account.in_territory": None},
        UNKNOWN,
        "We do not know the company's country yet. A person looks whether it is in your territory.",
    ),
    ("territory", {}, NOT_ASKED, "You have no territory of your own and may sell everywhere."),
    ("certification", {**KEEPS, "partner.certificates": 1}, MET, "Your people hold the certificate the deal needs."),
    (
        "certification",
        {**KEEPS, "partner.certificates": 0},
        BROKEN,
        "None of your people holds a valid certificate for it.",
    ),
    (
        "certification",
        {
            **KEEPS,
            "partner.certificates": 2,
            "claim.names_product": True,
            "claim.product": "eln",
            "partner.certified_for_product": False,
        },
        BROKEN,
        "None of your people holds a valid certificate for it.",
    ),
    (
        "certification",
        {**KEEPS, "partner.certificates": None},
        UNKNOWN,
        "No certificate of your people is on record with us. A person looks.",
    ),
    ("certification", {}, NOT_ASKED, "We ask no certificate of anybody yet."),
    (
        "open_registrations",
        {"partner.open_registrations": 25},
        MET,
        "It is your open registration 25 of at most 25.",
    ),
    (
        "open_registrations",
        {"partner.open_registrations": 26},
        BROKEN,
        "You already have 25 open registrations, the most we accept at a time.",
    ),
    (
        "open_registrations",
        {"partner.open_registrations": None},
        UNKNOWN,
        "We cannot tell how many registrations you have open. A person looks.",
    ),
    (
        "two_tier",
        {**VIA, "distributor.type": "distributor", "distributor.lifecycle": "active"},
        MET,
        "The distributor you named works with us. You are protected together.",
    ),
    (
        "two_tier",
        {**VIA, "distributor.type": "distributor", "distributor.lifecycle": "dormant"},
        BROKEN,
        "The distributor you named does not work with us at present, or you are a distributor yourself.",
    ),
    (
        "two_tier",
        {**VIA, "distributor.type": "distributor", "distributor.lifecycle": "active", "partner.type": "distributor"},
        BROKEN,
        "The distributor you named does not work with us at present, or you are a distributor yourself.",
    ),
    (
        "two_tier",
        {**VIA, "distributor.type": None, "distributor.lifecycle": None},
        UNKNOWN,
        "We do not know the distributor you named yet. A person looks.",
    ),
    ("two_tier", {}, NOT_ASKED, "Your claim names no distributor."),
]


@pytest.mark.parametrize(("rule", "facts", "outcome", "sentence"), CASES)
def test_a_rule_finds_and_says(rule: str, facts: dict[str, FactValue], outcome: CheckOutcome, sentence: str) -> None:
    check = check_of(rule, facts)

    assert (check.outcome, check.sentence) == (outcome, sentence)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.rules])
def test_every_rule_that_ships_is_tried_met_broken_and_with_a_fact_missing(rule: str) -> None:
    assert {outcome for tried, _, outcome, _ in CASES if tried == rule} >= {MET, BROKEN, UNKNOWN}


@pytest.mark.parametrize(("rule", "facts", "outcome", "sentence"), CASES)
def test_only_the_rules_on_who_was_first_decline_and_only_when_they_are_broken(
    rule: str, facts: dict[str, FactValue], outcome: CheckOutcome, sentence: str
) -> None:
    declines = outcome is BROKEN and rule in ("first_to_register", "not_twice", "product_scope")

    assert check_of(rule, facts).declines is declines, sentence
