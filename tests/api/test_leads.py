"""Leads through the API, both ways: introduced by a partner, and ours passed from one partner to the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tallystick.attribution.models import Touch
from tallystick.crm.models import Account, Opportunity
from tallystick.partners.models import Partner
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.people import make_partner
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
COMPANY = {
    "company": "Cellvia",
    "website": "cellvia.example",
    "country": "DE",
    "contact_name": "Dr Ines Brandt",
    "need": "A LIMS by May.",
}
VALUE = {"value": {"minor": 6_000_000, "currency": "EUR"}}


@pytest.fixture(autouse=True)
def _it_is_monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def theirs(partner: Partner) -> Program:
    return program_of(partner)


@pytest.fixture
def ours(workspace: Workspace) -> Program:
    return program_of(workspace)


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["detail"]


def test_a_partner_introduces_a_company_and_the_accepted_lead_is_evidence(
    workspace: Workspace, partner: Partner, ours: Program, theirs: Program
) -> None:
    with scope(workspace_id=workspace.pk):
        account = make_row(Account, name="Cellvia", website="cellvia.example", domain="cellvia.example")
        deal = make_row(Opportunity, account=account, name="Cellvia LIMS", status="open", opened_on=MONDAY.date())
    made = theirs.post("/own/leads", COMPANY | {"promises_introduction": True})
    assert made.status_code == 201, made.content
    lead = made.json()
    reference = lead["reference"]
    assert (lead["state"], lead["direction"], len(lead["proof"])) == ("new", "to_vendor", 64)
    assert lead["known"]
    again = theirs.post("/own/leads", COMPANY)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    assert again.json()["detail"] == f"You have introduced this company already: {reference}."

    (listed,) = ours.get("/leads", direction="to_vendor", state="new").json()["data"]
    assert (listed["reference"], listed["partner_id"], listed["account_id"]) == (reference, partner.pk, account.pk)
    whole = ours.get(f"/leads/{reference}").json()
    assert whole["checks"]["steps"]

    accepted = ours.post(f"/leads/{reference}/accept").json()
    qualified = ours.post(f"/leads/{reference}/qualify").json()
    converted = ours.post(f"/leads/{reference}/convert", {"opportunity_id": deal.pk}).json()
    assert [each["state"] for each in (accepted, qualified, converted)] == ["accepted", "qualified", "converted"]
    assert converted["opportunity_id"] == deal.pk
    with scope(workspace_id=workspace.pk):
        assert Touch.objects.get(external_id=reference).kind == "lead_accepted"
    assert said(ours.post(f"/leads/{reference}/decline", {"reason": "No."})) == (
        409,
        "The lead has become a deal: you cannot decline it.",
    )
    assert theirs.get(f"/own/leads/{reference}").json()["state"] == "converted"


def test_an_introduction_is_declined_with_the_reason_its_partner_reads(ours: Program, theirs: Program) -> None:
    reference = theirs.post("/own/leads", COMPANY).json()["reference"]
    ours.post(f"/leads/{reference}/decline", {"reason": "They buy nothing this year."})

    (own,) = theirs.get("/own/leads").json()["data"]
    assert (own["state"], own["reason"]) == ("declined", "They buy nothing this year.")
    assert "partner_id" not in own


def test_a_lead_of_ours_is_ranked_offered_declined_and_accepted_by_the_next(
    workspace: Workspace, partner: Partner, ours: Program, theirs: Program
) -> None:
    second = make_partner(workspace, "Corvid")
    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=partner.pk).update(tier="premier", country="DE")
        Partner.objects.filter(pk=second.pk).update(tier="premier", country="FR")
    created = ours.post("/leads", COMPANY | {"contact_email": "ines@cellvia.example"})
    assert created.status_code == 201, created.content
    reference = created.json()["reference"]
    assert (created.json()["partner_id"], created.json()["offers"]) == (None, [])

    ranking = ours.get(f"/leads/{reference}/candidates").json()["data"]
    assert [each["name"] for each in ranking] == ["Zephyr Informatics", "Corvid"]
    assert [step["rule"] for step in ranking[0]["steps"]][:2] == ["territory", "type"]
    assert all(each["points"].count(".") == 1 for each in ranking)

    asked = ours.post(f"/leads/{reference}/offer", {}).json()
    assert [(each["partner_id"], each["state"]) for each in asked["offers"]] == [(partner.pk, "open")]
    (offer,) = theirs.get("/own/lead-offers", state="open").json()["data"]
    assert (offer["reference"], offer["need"]) == (reference, "A LIMS by May.")
    assert "contact_name" not in offer
    assert theirs.get(f"/own/leads/{reference}").status_code == 404

    declined = theirs.post(f"/own/lead-offers/{offer['id']}/decline", {"reason": "No one free."}).json()
    assert (declined["state"], declined["reason"]) == ("declined", "No one free.")
    theirs_too = program_of(second)
    (next_offer,) = theirs_too.get("/own/lead-offers", state="open").json()["data"]
    absent = theirs.post(f"/own/lead-offers/{next_offer['id']}/accept")
    assert absent.status_code == 404
    accepted = theirs_too.post(f"/own/lead-offers/{next_offer['id']}/accept").json()
    assert (accepted["state"], accepted["contact_email"]) == ("accepted", "ines@cellvia.example")
    assert said(theirs_too.post(f"/own/lead-offers/{next_offer['id']}/accept")) == (
        409,
        "The lead is accepted already.",
    )

    assert theirs_too.post(f"/own/leads/{reference}/qualify").json()["state"] == "qualified"
    registered = theirs_too.post(f"/own/leads/{reference}/register", VALUE)
    assert registered.status_code == 201, registered.content
    told = registered.json()
    assert told["lead"]["state"] == "converted"
    assert told["lead"]["registration"] == told["registration"]["reference"]
    assert (told["registration"]["company"], told["registration"]["state"]) == ("Cellvia", "submitted")
    assert ours.get(f"/leads/{reference}").json()["partner_id"] == second.pk


def test_a_partner_of_one_s_choice_is_asked_with_the_reason_and_gives_the_lead_up(
    workspace: Workspace, partner: Partner, ours: Program, theirs: Program
) -> None:
    reference = ours.post("/leads", COMPANY).json()["reference"]
    unsaid = ours.post(f"/leads/{reference}/offer", {"partner_id": partner.pk})
    assert said(unsaid) == (422, "Say why this partner: it is kept with the lead.")
    ours.post(f"/leads/{reference}/offer", {"partner_id": partner.pk, "reason": "They know the buyer."})
    (offer,) = theirs.get("/own/lead-offers").json()["data"]
    theirs.post(f"/own/lead-offers/{offer['id']}/accept")

    given_up = theirs.post(f"/own/leads/{reference}/give-up", {"reason": "The buyer left."}).json()
    assert (given_up["state"], given_up["reason"]) == ("declined", "The buyer left.")
    assert ours.post(f"/leads/{reference}/register", VALUE).status_code == 409


def test_the_vendor_registers_a_lead_for_its_partner(ours: Program, theirs: Program, partner: Partner) -> None:
    reference = theirs.post("/own/leads", COMPANY).json()["reference"]
    ours.post(f"/leads/{reference}/accept")
    made = ours.post(f"/leads/{reference}/register", VALUE).json()

    assert (made["registration"]["partner_id"], made["registration"]["state"]) == (partner.pk, "submitted")
    assert made["lead"]["registration"] == made["registration"]["reference"]


def test_another_partner_s_leads_are_absent_and_nothing_happens_to_them(
    workspace: Workspace, ours: Program, theirs: Program
) -> None:
    reference = theirs.post("/own/leads", COMPANY).json()["reference"]
    rival = program_of(make_partner(workspace, "Rival"))
    absent = rival.get("/own/leads/LD-000000").content
    with scope(workspace_id=workspace.pk):
        before = ActivityEntry.objects.count()

    assert rival.get("/own/leads").json()["data"] == []
    for response in (
        rival.get(f"/own/leads/{reference}"),
        rival.post(f"/own/leads/{reference}/qualify"),
        rival.post(f"/own/leads/{reference}/give-up", {"reason": "Mine."}),
        rival.post(f"/own/leads/{reference}/register", VALUE),
        rival.get(f"/leads/{reference}"),
        theirs.post(f"/own/leads/{reference}/qualify"),
    ):
        assert (response.status_code, response.content) == (404, absent)
    with scope(workspace_id=workspace.pk):
        assert ActivityEntry.objects.count() == before
