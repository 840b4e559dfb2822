"""Leads that partners introduce: taken once, answered, qualified and converted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import DealRegistration, Lead, LeadState
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.services.leads import (
    AlreadyIntroduced,
    AnotherAccountsDeal,
    LeadReasonMissing,
    accept_lead,
    convert_found_leads,
    convert_lead,
    current_lead_policy,
    decline_lead,
    link_lead_accounts,
    publish_lead_policy,
    qualify_lead,
    register_lead,
)
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.kernel.money import Money
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.leads import ACTOR, MONDAY, TUESDAY, active_partner, introduce, lead_of_ours

from .claims import claim, submit

ENTROPY = bytes(range(ENTROPY_NEEDED))


def test_an_introduced_lead_is_new_with_a_clock_and_the_proof_of_its_moment(
    vendor: Scope, workspace: Workspace
) -> None:
    partner = active_partner("Fjord")
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        made = introduce(partner).lead

    assert (made.state, made.partner_id, made.account_key) == ("new", partner.pk, "domain:cellvia.example")
    assert made.answer_due_at == datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
    entry = ActivityEntry.objects.get(hash=made.receipt_hash)
    assert (entry.verb, entry.partner_id, entry.summary) == (
        "lead_introduced",
        partner.pk,
        f"{made.reference} Cellvia was introduced",
    )


def test_a_form_sent_twice_is_one_lead(vendor: Scope) -> None:
    partner = active_partner("Fjord")

    first = introduce(partner, form_key="one").lead
    second = introduce(partner, form_key="one").lead

    assert first.pk == second.pk
    assert ActivityEntry.objects.filter(verb="lead_introduced").count() == 1


def test_the_same_form_key_of_another_partner_is_another_lead(vendor: Scope) -> None:
    ours = introduce(active_partner("Fjord"), form_key="one").lead
    theirs = introduce(active_partner("Nova"), form_key="one").lead

    assert ours.pk != theirs.pk


def test_one_partner_has_one_open_lead_of_a_company(vendor: Scope) -> None:
    partner = active_partner("Fjord")
    first = introduce(partner).lead

    with pytest.raises(AlreadyIntroduced) as refusal:
        introduce(partner, website="https://www.cellvia.example/en")

    assert refusal.value.reference == first.reference
    assert Lead.objects.count() == 1
    decline_lead(ACTOR, lead_id=first.pk, reason="Not now.", at=TUESDAY)
    assert introduce(partner).lead.pk != first.pk


def test_a_partner_introduces_for_itself_only(vendor: Scope, workspace: Workspace) -> None:
    own, other = active_partner("Fjord"), active_partner("Nova")

    with scope(workspace_id=workspace.pk, partner_id=own.pk), pytest.raises(PermissionError):
        introduce(other)

    assert not Lead.objects.exists()


def test_the_vendor_reads_who_holds_the_company_and_the_partner_only_that_it_is_known(vendor: Scope) -> None:
    holder = active_partner("Nova")
    submit(holder.pk, claim(website="cellvia.example"))

    taken = introduce(active_partner("Fjord"))

    assert taken.partner_sentence == "We know this company already. We tell you whether we take it up with you."
    steps = {step["rule"]: step["sentence"] for step in taken.lead.assessment.explanation["steps"]}
    assert steps["not_protected"] == "A registration holds the company for Nova."


def test_an_accepted_lead_is_qualified_and_becomes_the_opportunity_of_its_account(vendor: Scope) -> None:
    account = make_row(Account, name="Cellvia GmbH", normalised_name="cellvia", domain="cellvia.example")
    opportunity = make_row(Opportunity, name="Cellvia LIMS", account=account)
    lead = introduce(active_partner("Fjord")).lead

    accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)
    qualify_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)
    made = convert_lead(ACTOR, lead_id=lead.pk, opportunity_id=opportunity.pk, at=TUESDAY)

    assert (made.state, made.account_id, made.opportunity_id) == ("converted", account.pk, opportunity.pk)
    verbs = ActivityEntry.objects.filter(subject_kind="lead").order_by("position").values_list("verb", flat=True)
    assert list(verbs) == ["lead_introduced", "lead_accepted", "lead_qualified", "lead_converted"]


def test_a_lead_is_not_converted_to_a_deal_of_another_account(vendor: Scope) -> None:
    make_row(Account, name="Cellvia GmbH", normalised_name="cellvia", domain="cellvia.example")
    elsewhere = make_row(Opportunity, name="Brightwell LIMS", account=make_row(Account))
    lead = introduce(active_partner("Fjord")).lead
    accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)

    with pytest.raises(AnotherAccountsDeal):
        convert_lead(ACTOR, lead_id=lead.pk, opportunity_id=elsewhere.pk, at=TUESDAY)

    lead.refresh_from_db()
    assert (lead.state, lead.opportunity_id) == ("accepted", None)


def test_a_decline_needs_its_reason_and_happens_once(vendor: Scope) -> None:
    lead = introduce(active_partner("Fjord")).lead

    with pytest.raises(LeadReasonMissing):
        decline_lead(ACTOR, lead_id=lead.pk, reason=" ", at=TUESDAY)
    decline_lead(ACTOR, lead_id=lead.pk, reason="They buy elsewhere.", at=TUESDAY)
    with pytest.raises(LeadMoveRefused):
        accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)

    lead.refresh_from_db()
    assert (lead.state, lead.reason) == ("declined", "They buy elsewhere.")


def test_a_lead_becomes_a_registration_of_its_partner_with_everything_known_of_it(vendor: Scope) -> None:
    partner = active_partner("Fjord")
    lead = introduce(partner, contact_name="Jo Kim", contact_email="jo@cellvia.example").lead
    accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)

    made = register_lead(ACTOR, lead_id=lead.pk, value=Money(6_000_000, "EUR"), at=TUESDAY, entropy=ENTROPY)

    registered = made.registration
    assert (
        registered.partner_id,
        registered.company,
        registered.contact_name,
        registered.value_minor,
        registered.state,
    ) == (
        partner.pk,
        "Cellvia",
        "Jo Kim",
        6_000_000,
        "submitted",
    )
    assert registered.note == f"From lead {lead.reference}.\n\nA LIMS"
    lead.refresh_from_db()
    assert (lead.state, lead.registration_id) == ("converted", registered.pk)


def test_a_registration_that_a_rule_declines_leaves_the_lead_as_it_was(vendor: Scope) -> None:
    submit(active_partner("Nova").pk, claim(website="cellvia.example"))
    lead = introduce(active_partner("Fjord")).lead
    accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)

    made = register_lead(ACTOR, lead_id=lead.pk, value=Money(6_000_000, "EUR"), at=TUESDAY, entropy=ENTROPY)

    assert made.registration.state == "declined"
    lead.refresh_from_db()
    assert (lead.state, lead.registration_id) == ("accepted", None)
    assert DealRegistration.objects.count() == 2


def test_the_crm_brings_the_account_and_then_the_opportunity(vendor: Scope) -> None:
    lead = introduce(active_partner("Fjord")).lead
    accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)
    account = make_row(Account, name="Cellvia GmbH", normalised_name="cellvia", domain="cellvia.example")
    early = make_row(Opportunity, name="Older", account=account, opened_on=date(2026, 10, 20))
    fitting = make_row(Opportunity, name="LIMS", account=account, opened_on=date(2026, 10, 27))

    assert [each.pk for each in link_lead_accounts(ACTOR, at=TUESDAY)] == [lead.pk]
    assert [each.opportunity_id for each in convert_found_leads(ACTOR, at=TUESDAY)] == [fitting.pk]

    assert link_lead_accounts(ACTOR, at=TUESDAY) == []
    assert convert_found_leads(ACTOR, at=TUESDAY) == []
    assert early.leads.count() == 0


def test_a_new_lead_is_not_converted_by_what_the_crm_brings(vendor: Scope) -> None:
    account = make_row(Account, name="Cellvia GmbH", normalised_name="cellvia", domain="cellvia.example")
    make_row(Opportunity, account=account, opened_on=date(2026, 11, 2))
    introduce(active_partner("Fjord"))

    assert convert_found_leads(ACTOR, at=TUESDAY) == []
    assert Lead.objects.get().state == LeadState.NEW


def test_a_policy_is_published_as_a_version_and_holds_from_then_on(vendor: Scope) -> None:
    assert current_lead_policy().number == 0

    published = publish_lead_policy(ACTOR, document={"answer_hours": 24}, at=MONDAY)
    again = publish_lead_policy(ACTOR, document={"answer_hours": 24}, at=TUESDAY)

    assert (published.number, again.number) == (1, 1)
    assert introduce(active_partner("Fjord")).lead.answer_due_at == MONDAY + timedelta(hours=24)


def test_a_lead_of_ours_is_accepted_by_nobody_at_the_vendor(vendor: Scope) -> None:
    lead = lead_of_ours()

    with pytest.raises(LeadMoveRefused):
        accept_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)

    assert Lead.objects.get().partner_id is None
