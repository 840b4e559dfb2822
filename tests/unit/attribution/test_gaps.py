"""Gaps: whose credit a person should look at."""

from tallystick.attribution.rules.decision import decide
from tallystick.attribution.rules.facts import OpportunityFacts, OpportunityOutcome, TouchFacts, TouchKind
from tallystick.attribution.rules.gaps import Gap, GapKind, find_gaps, gap_suggestion
from tallystick.attribution.rules.policy import DEFAULT_POLICY

from .facts import CORVID, NAMES, NORTHWIND, opportunity, touch


def gaps(about: OpportunityFacts, touches: list[TouchFacts]) -> tuple[Gap, ...]:
    return find_gaps(decide(about, touches, [], DEFAULT_POLICY), DEFAULT_POLICY)


def test_an_opportunity_without_account_is_a_gap() -> None:
    assert gaps(opportunity(account=None), []) == (Gap(GapKind.NO_ACCOUNT, ()),)


def test_a_clean_opportunity_has_no_gap() -> None:
    assert gaps(opportunity(closed="2026-06-01"), []) == ()


def test_a_won_deal_that_names_an_uncredited_partner_is_a_gap() -> None:
    named = touch(CORVID, TouchKind.NAMED_ON_OPPORTUNITY, "2026-03-05")

    found = gaps(opportunity(closed="2026-06-01", named_partner="Corvid GmbH"), [named])
    assert found == (Gap(GapKind.NAMED_UNCREDITED, (CORVID,), "Corvid GmbH"),)
    assert gap_suggestion(found[0], NAMES) == "Ask Corvid what they did and record it as a touch, or clear the field."


def test_a_won_deal_that_names_a_partner_unknown_here_is_a_gap() -> None:
    found = gaps(opportunity(closed="2026-06-01", named_partner="Korvid"), [])

    assert found == (Gap(GapKind.NAMED_UNCREDITED, (), "Korvid"),)
    assert gap_suggestion(found[0], NAMES) == "Add Korvid as a partner or correct the name in the CRM."


def test_a_lost_or_open_deal_that_names_a_partner_is_no_gap() -> None:
    assert gaps(opportunity(named_partner="Korvid"), []) == ()
    lost = opportunity(closed="2026-06-01", outcome=OpportunityOutcome.LOST, named_partner="Korvid")
    assert gaps(lost, []) == ()


def test_a_registered_partner_without_credit_is_a_gap() -> None:
    late = touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2026-02-10", learned="2026-07-20")

    found = gaps(opportunity(closed="2026-06-01"), [late])
    assert found == (Gap(GapKind.REGISTERED_UNCREDITED, (CORVID,)),)
    assert gap_suggestion(found[0], NAMES) == (
        "Check that the registration of Corvid is for this opportunity and its dates."
    )


def test_a_registration_of_another_time_is_about_another_deal_and_no_gap() -> None:
    before = touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2025-01-10")
    after = touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2026-09-10")

    assert gaps(opportunity(closed="2026-06-01"), [before, after]) == ()


def test_two_partners_with_evidence_of_the_sourcing_class_conflict() -> None:
    found = gaps(
        opportunity(),
        [
            touch(CORVID, TouchKind.LEAD_ACCEPTED, "2026-02-01"),
            touch(NORTHWIND, TouchKind.LEAD_ACCEPTED, "2026-02-03"),
        ],
    )

    assert found == (Gap(GapKind.CONFLICTING_SOURCES, (CORVID, NORTHWIND)),)
    assert gap_suggestion(found[0], NAMES) == (
        "Compare the evidence of Corvid and Northwind and confirm who brought the deal."
    )


def test_a_lower_class_does_not_conflict_with_the_source() -> None:
    assert (
        gaps(
            opportunity(),
            [
                touch(CORVID, TouchKind.LEAD_ACCEPTED, "2026-02-01"),
                touch(NORTHWIND, TouchKind.INTRODUCTION_ACCEPTED, "2026-01-03"),
            ],
        )
        == ()
    )
