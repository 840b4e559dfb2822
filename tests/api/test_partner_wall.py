"""No byte of another partner, or of what a partner may not know, reaches a partner's key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from tallystick.commissions.models import CommissionLine, Statement
from tallystick.deals.models import DealRegistration, Lead, LeadOffer
from tallystick.flows import conflicts
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.api.access import Whose
from tests.api.operations import every_operation
from tests.factories.leads import leads_of_each_kind
from tests.factories.programs import make_key, program_of
from tests.journeys.portal_world import MARK, PortalWorld, build_portal_world

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(workspace: Workspace) -> PortalWorld:
    return build_portal_world(workspace, at=NOON)


def test_nothing_foreign_is_in_any_answer_to_a_partner(workspace: Workspace, world: PortalWorld) -> None:
    with scope(workspace_id=workspace.pk):
        line = CommissionLine.objects.filter(partner=world.partner).order_by("pk").first()
        statement = Statement.objects.filter(partner=world.partner).get()
        references = list(
            DealRegistration.objects.filter(partner=world.partner).order_by("pk").values_list("reference", flat=True)
        )
        leads_of_each_kind(world.partner, at=NOON)
        (case,) = conflicts.watch(SYSTEM, at=NOON)
        ours = list(Lead.objects.filter(partner=world.partner).order_by("pk").values_list("reference", flat=True))
    assert line is not None
    program, seen = program_of(world.partner), 0
    with time_machine.travel(NOON, tick=False):
        addresses = [each.path for each in every_operation() if each.method == "GET"]
        for address in [
            *(path.removeprefix("/api/v1") for path in addresses),
            f"/own/commission-lines/{line.pk}",
            f"/own/statements/{statement.pk}",
            *(f"/own/registrations/{reference}" for reference in references),
            *(f"/own/registrations/{reference}/messages" for reference in references),
            *(f"/own/registrations/{reference}/questions" for reference in references),
            *(f"/own/registrations/{reference}/collaborators" for reference in references),
            *(f"/own/registrations/{reference}/files" for reference in references),
            *(f"/own/registrations/{reference}/colleagues" for reference in references),
            *(f"/own/leads/{reference}" for reference in ours),
            f"/own/conflicts/{case.pk}",
        ]:
            response = program.get(address)
            assert MARK not in response.content.decode(), address
            seen += response.status_code == 200
    assert seen >= 18


def test_what_the_partner_may_know_is_there(workspace: Workspace, world: PortalWorld) -> None:
    program = program_of(world.partner)
    with time_machine.travel(NOON, tick=False):
        deals = {deal["company"]: deal for deal in program.get("/own/deals").json()["data"]}
        lines = program.get("/own/commission-lines").json()["data"]
        statements = program.get("/own/statements").json()["data"]

    assert set(deals) == {"Cellvia", "Northgate", "Ardent", "Orchid Health"}
    assert deals["Cellvia"]["crm"]["owner"] == "Tom Albright"
    assert deals["Cellvia"]["share_ppm"] == 700_000
    assert deals["Ardent"]["state"] == "declined"
    assert {line["customer"] for line in lines} == {"Orchid Health"}
    assert len(statements) == 1


def test_the_rival_s_rows_are_answered_like_absent_ones(workspace: Workspace, world: PortalWorld) -> None:
    with scope(workspace_id=workspace.pk):
        line = CommissionLine.objects.filter(partner=world.rival).order_by("pk")[0]
        statement = Statement.objects.filter(partner=world.rival).order_by("pk").first()
        lead = Lead.objects.filter(partner=world.rival).first()
        offer = LeadOffer.objects.filter(partner=world.rival).first()
    program = program_of(world.partner)
    absent = program.get("/own/commission-lines/999999999")
    reference = world.references[MARK]
    assert lead or offer
    foreign = [
        *([program.get(f"/own/leads/{lead.reference}")] if lead else []),
        *([program.post(f"/own/lead-offers/{offer.pk}/accept")] if offer else []),
        program.get(f"/own/commission-lines/{line.pk}"),
        program.get(f"/own/registrations/{reference}"),
        program.get(f"/own/registrations/{reference}/messages"),
        program.get(f"/own/registrations/{reference}/collaborators"),
        program.get(f"/own/registrations/{reference}/colleagues"),
        program.post(f"/own/registrations/{reference}/withdraw", {"reason": "mine now"}),
        program.post(f"/own/registrations/{reference}/messages", {"text": "hello"}),
        *([program.get(f"/own/statements/{statement.pk}")] if statement else []),
    ]

    assert absent.status_code == 404
    assert {response.content for response in foreign} == {absent.content}
    with scope(workspace_id=workspace.pk):
        assert DealRegistration.objects.get(reference=reference).state == "submitted"


def test_a_claim_declined_by_a_rule_is_told_that_rule_alone(workspace: Workspace, world: PortalWorld) -> None:
    claim = {"company": "Ardent", "website": "ardent.example", "value": {"minor": 6_000_000, "currency": "EUR"}}
    program = program_of(world.partner)
    with time_machine.travel(NOON, tick=False):
        checked = program.post("/own/registrations/check", claim, once="").json()
        made = program.post("/own/registrations", claim).json()

    assert checked["would_be"] == "declined"
    assert [check["rule"] for check in checked["checks"]] == ["first_to_register"]
    assert (made["state"], [check["rule"] for check in made["checks"]]) == ("declined", ["first_to_register"])
    assert "decision_rule" not in made


def test_another_workspace_s_key_finds_nothing_of_this_one(
    client: Client, workspace: Workspace, other_workspace: Workspace, world: PortalWorld
) -> None:
    key = make_key(other_workspace)
    for each in every_operation():
        if each.method == "GET" and each.declared.whose is not Whose.PARTNER:
            response = each.call(client, key.token)
            text = response.content.decode()
            assert MARK not in text, each.name
            assert "Cellvia" not in text, each.name
            if response.status_code == 200 and "data" in response.json():
                entries = response.json()["data"]
                assert all(entry.get("event") == "api_key_created" for entry in entries), each.name
