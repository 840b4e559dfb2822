"""Registrations: claimed once, answered clearly, decided with a reason, protected until a date."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tallystick.attribution.models import Decision, Touch
from tallystick.crm.models import Account, Opportunity, SalesActivity
from tallystick.deals import models, tasks
from tallystick.deals.models import DealRegistration, Protection
from tallystick.deals.rules.answer import AnswerKind
from tallystick.deals.rules.engagement.assessing import CheckOutcome
from tallystick.deals.rules.states import RegistrationState, TransitionRefused
from tallystick.deals.services import (
    approve_registration,
    check_registration,
    decline_registration,
    expire_protections,
    link_opportunity,
    settle_closed_registrations,
    withdraw_registration,
)
from tallystick.deals.services.deciding import ReasonMissing
from tallystick.deals.services.following import AnotherAccount
from tallystick.deals.services.matching import match_account
from tallystick.flows import registrations as flow
from tallystick.flows.attribution import decide
from tallystick.kernel.explanations import Explanation
from tallystick.partners.models import Partner
from tallystick.platform.activity import verify_chain
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit


@pytest.fixture
def corvid(vendor: Scope) -> Partner:
    return make_row(Partner, name="Corvid")


@pytest.fixture
def northwind(vendor: Scope) -> Partner:
    return make_row(Partner, name="Northwind")


def live_protections() -> list[tuple[int, str]]:
    held = Protection.objects.filter(released_at__isnull=True).order_by("pk")
    return list(held.values_list("partner_id", "account_key"))


def test_the_states_stored_are_the_states_the_rules_know() -> None:
    assert [state.value for state in models.RegistrationState] == [state.value for state in RegistrationState]


def test_the_first_claim_is_held_for_review_with_a_receipt(corvid: Partner) -> None:
    receipt = submit(corvid.pk)

    assert receipt.answer.kind is AnswerKind.IN_REVIEW
    assert receipt.submitted_at == AT
    assert receipt.proof == ActivityEntry.objects.get(verb="deal_registered").hash
    stored = DealRegistration.objects.get()
    assert (stored.state, stored.account_key, stored.receipt_hash) == ("submitted", "domain:cellvia.com", receipt.proof)
    assert stored.answer_due_at == datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
    assert live_protections() == [(corvid.pk, "domain:cellvia.com")]
    assert Explanation.from_json(stored.explanation).conclusion == receipt.answer.sentence


def test_the_second_claim_is_kept_as_declined_and_does_not_hear_who_was_first(
    corvid: Partner, northwind: Partner
) -> None:
    submit(corvid.pk)
    receipt = submit(northwind.pk, claim("CELLVIA", website="https://cellvia.com/about"))

    assert (receipt.answer.kind, receipt.answer.rule) == (AnswerKind.DECLINED, "first_to_register")
    declined = receipt.registration
    assert (declined.state, declined.decision_rule, declined.decided_at) == ("declined", "first_to_register", AT)
    assert "Corvid" not in f"{declined.decision_reason}{declined.explanation}"
    assert live_protections() == [(corvid.pk, "domain:cellvia.com")]


def test_a_partner_that_registers_twice_is_told_it_holds_the_company_already(corvid: Partner) -> None:
    submit(corvid.pk)

    receipt = submit(corvid.pk, days=1)
    assert receipt.answer.sentence == "You already hold an open registration of the company."


def test_two_products_of_an_account_can_be_claimed_by_two_partners(corvid: Partner, northwind: Partner) -> None:
    submit(corvid.pk, replace(claim(), product_key="lims"))
    receipt = submit(northwind.pk, replace(claim(), product_key="eln"))

    assert receipt.answer.kind is AnswerKind.IN_REVIEW
    assert receipt.registration.product_key == "eln"


@pytest.mark.parametrize(("first", "second"), [("", "eln"), ("eln", "")])
def test_a_whole_account_and_a_product_of_it_are_not_held_side_by_side(
    corvid: Partner, northwind: Partner, first: str, second: str
) -> None:
    held = submit(corvid.pk, replace(claim(), product_key=first)).registration

    told = check_registration(partner_id=northwind.pk, claim=replace(claim(), product_key=second), at=AT).eligibility
    assert told.declined_by is not None
    assert told.declined_by.rule == "product_scope"
    receipt = submit(northwind.pk, replace(claim(), product_key=second))
    assert (receipt.answer.kind, receipt.answer.rule) == (AnswerKind.DECLINED, "product_scope")
    assert receipt.answer.sentence == (
        "Another claim to this company was there first and overlaps with yours. "
        "The whole company and one product of it are never held side by side."
    )

    withdraw_registration(ACTOR, registration_id=held.pk, at=AT)
    assert submit(northwind.pk, replace(claim(), product_key=second), days=1).answer.kind is AnswerKind.IN_REVIEW


def test_in_a_partners_scope_rivals_stay_invisible_and_the_rule_still_holds(
    workspace: Workspace, corvid: Partner, northwind: Partner
) -> None:
    with scope(workspace_id=workspace.pk, partner_id=corvid.pk):
        assert submit(corvid.pk).answer.kind is AnswerKind.IN_REVIEW
    with scope(workspace_id=workspace.pk, partner_id=northwind.pk):
        receipt = submit(northwind.pk)
        assert receipt.answer.rule == "first_to_register"
        assert [registration.partner_id for registration in DealRegistration.objects.all()] == [northwind.pk]
        assert [entry.partner_id for entry in ActivityEntry.objects.all()] == [northwind.pk]
        with pytest.raises(PermissionError):
            submit(corvid.pk)
    assert DealRegistration.objects.count() == 2
    assert verify_chain().holds


def test_what_our_own_team_does_is_shown_to_the_person_who_decides(corvid: Partner) -> None:
    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia", is_customer=True)
    make_row(Opportunity, account=account, status="open", opened_on=date(2026, 9, 3))
    make_row(SalesActivity, account=account, kind="meeting", happened_on=date(2026, 10, 1))

    receipt = submit(corvid.pk)
    assert receipt.registration.account == account
    broken = [check.rule for check in receipt.eligibility.checks if check.outcome is CheckOutcome.BROKEN]
    assert broken == ["new_to_us", "no_open_direct_deal", "not_worked_by_direct"]
    assert receipt.answer.sentence == "The company is held for you while we review. 5 of 8 rules are met."


@pytest.mark.parametrize(
    ("domain", "country", "matches"),
    [("cellvia.com", "", 1), ("other.com", "GB", 0), ("", "gb", 1), ("", "", 1), ("", "US", 0)],
)
def test_an_account_matches_by_domain_then_by_name_and_country(
    corvid: Partner, domain: str, country: str, matches: int
) -> None:
    account = make_row(Account, name="Cellvia", normalised_name="cellvia", domain=domain, country=country)

    submit(corvid.pk)
    assert DealRegistration.objects.filter(account=account).count() == matches


def test_checking_while_typing_writes_nothing_and_says_the_same(corvid: Partner, northwind: Partner) -> None:
    submit(corvid.pk)
    with CaptureQueriesContext(connection) as queries:
        eligibility = check_registration(partner_id=northwind.pk, claim=claim(), at=AT).eligibility

    assert eligibility.declined_by is not None
    assert eligibility.declined_by.rule == "first_to_register"
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_approval_protects_for_ninety_days_and_is_evidence(corvid: Partner) -> None:
    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    opportunity = make_row(Opportunity, account=account, status="open", opened_on=date(2026, 11, 21), close_on=None)
    registration = submit(corvid.pk).registration
    flow.approve_registration(ACTOR, registration_id=registration.pk, at=AT + timedelta(days=3))

    registration.refresh_from_db()
    assert (registration.state, registration.protected_until) == ("approved", date(2027, 2, 21))
    assert Protection.objects.get().protected_until == date(2027, 2, 21)
    touch = Touch.objects.get()
    assert (touch.kind, touch.happened_on, touch.learned_on) == (
        "registration_approved",
        date(2026, 11, 20),
        date(2026, 11, 23),
    )
    list(decide(ACTOR, at=AT))
    assert Decision.objects.get(opportunity=opportunity).credit_class == "sourced"


def test_evidence_of_a_registration_waits_until_the_crm_knows_the_account(corvid: Partner) -> None:
    registration = submit(corvid.pk).registration
    flow.approve_registration(ACTOR, registration_id=registration.pk, at=AT)
    assert Touch.objects.count() == 0

    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    list(decide(ACTOR, at=AT + timedelta(days=9)))
    list(decide(ACTOR, at=AT + timedelta(days=10)))
    touch = Touch.objects.get()
    assert (touch.account, touch.happened_on, touch.learned_on) == (account, date(2026, 11, 20), date(2026, 11, 20))


def test_a_declined_registration_tells_the_reason_and_frees_the_account(corvid: Partner, northwind: Partner) -> None:
    registration = submit(corvid.pk).registration
    with pytest.raises(ReasonMissing):
        decline_registration(ACTOR, registration_id=registration.pk, reason=" ", at=AT)
    assert live_protections() == [(corvid.pk, "domain:cellvia.com")]

    decline_registration(ACTOR, registration_id=registration.pk, reason="Outside your territory.", at=AT)
    registration.refresh_from_db()
    assert (registration.state, registration.decision_reason) == ("declined", "Outside your territory.")
    assert submit(northwind.pk).answer.kind is AnswerKind.IN_REVIEW
    with pytest.raises(TransitionRefused):
        approve_registration(ACTOR, registration_id=registration.pk, at=AT)


def test_a_partner_withdraws_its_own_registration_and_no_other(
    workspace: Workspace, corvid: Partner, northwind: Partner
) -> None:
    registration = submit(corvid.pk).registration
    with scope(workspace_id=workspace.pk, partner_id=northwind.pk), pytest.raises(DealRegistration.DoesNotExist):
        withdraw_registration(ACTOR, registration_id=registration.pk, at=AT)
    assert live_protections() == [(corvid.pk, "domain:cellvia.com")]

    with scope(workspace_id=workspace.pk, partner_id=corvid.pk):
        withdraw_registration(ACTOR, registration_id=registration.pk, at=AT)
    assert live_protections() == []
    assert DealRegistration.objects.get().state == "withdrawn"


def test_protection_ends_after_its_last_day(corvid: Partner) -> None:
    registration = submit(corvid.pk).registration
    approve_registration(ACTOR, registration_id=registration.pk, at=AT)

    assert expire_protections(ACTOR, at=AT + timedelta(days=90)) == []
    assert expire_protections(ACTOR, at=AT + timedelta(days=91)) == [registration.pk]
    registration.refresh_from_db()
    assert registration.state == "expired"
    assert live_protections() == []


def test_the_hourly_job_ends_protections_of_every_workspace(workspace: Workspace, corvid: Partner) -> None:
    approve_registration(ACTOR, registration_id=submit(corvid.pk).registration.pk, at=datetime(2020, 1, 1, tzinfo=UTC))

    tasks.expire_protections(timestamp=0)
    assert DealRegistration.objects.get().state == "expired"


def test_an_expired_protection_gives_way_to_the_next_claim_without_waiting_for_the_nightly_job(
    corvid: Partner, northwind: Partner
) -> None:
    registration = submit(corvid.pk).registration
    approve_registration(ACTOR, registration_id=registration.pk, at=AT)

    assert submit(northwind.pk, days=90).answer.kind is AnswerKind.DECLINED
    assert submit(northwind.pk, days=91).answer.kind is AnswerKind.IN_REVIEW
    assert live_protections() == [(northwind.pk, "domain:cellvia.com")]


def test_a_registration_ends_with_its_opportunity(corvid: Partner) -> None:
    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    opportunity = make_row(Opportunity, account=account, status="open")
    elsewhere = make_row(Opportunity, status="open", account=make_row(Account))
    registration = submit(corvid.pk).registration
    approve_registration(ACTOR, registration_id=registration.pk, at=AT)
    with pytest.raises(AnotherAccount):
        link_opportunity(ACTOR, registration_id=registration.pk, opportunity_id=elsewhere.pk, at=AT)
    link_opportunity(ACTOR, registration_id=registration.pk, opportunity_id=opportunity.pk, at=AT)
    assert settle_closed_registrations(ACTOR, at=AT) == []

    Opportunity.objects.filter(pk=opportunity.pk).update(status="won")
    assert [ended.state for ended in settle_closed_registrations(ACTOR, at=AT)] == ["won"]
    assert live_protections() == []


def test_among_many_accounts_of_one_name_the_one_in_the_country_is_found(vendor: Scope) -> None:
    for key, country in enumerate(("FR", "DE", "GB")):
        make_row(Account, name="Cellvia", normalised_name="cellvia", country=country, external_id=str(key))
    match = match_account(account_key="name:cellvia|gb", company="Cellvia Ltd", country="GB")
    assert match is not None
    assert match.account.country == "GB"


def test_a_meeting_that_is_planned_is_no_work_yet(corvid: Partner) -> None:
    account = make_row(Account, name="Cellvia", domain="cellvia.com")
    make_row(SalesActivity, account=account, kind="meeting", happened_on=date(2027, 1, 10))

    checks = submit(corvid.pk).eligibility.checks

    assert [check.outcome for check in checks if check.rule == "not_worked_by_direct"] == ["met"]
