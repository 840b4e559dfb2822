"""People added to a deal or a lead: seen on both sides, told of it, taken off, and never by who may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.crm.models import Opportunity
from tallystick.deals.models import Collaborator, DealRegistration
from tallystick.flows.notifications.facts import events_of
from tallystick.partners.models import Partner, PartnerRole
from tallystick.platform.models import ActivityEntry, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.leads import introduce
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.integration.deals.claims import claim, submit

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def zoe(zephyr: Partner) -> Client:
    return browser_of(make_partner_person(zephyr, name="Zoe Lind").person)


@pytest.fixture
def anna(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def bo(zephyr: Partner) -> Person:
    return make_partner_person(zephyr, PartnerRole.SELLER, email="bo@zephyr.example", name="Bo Lund").person


@pytest.fixture
def eve(workspace: Workspace) -> Person:
    return make_member(workspace, WorkspaceRole.AE, email="eve@umbra.example", name="Eve Stone").person


@pytest.fixture
def claimed(workspace: Workspace, zephyr: Partner) -> DealRegistration:
    with scope(workspace_id=workspace.pk, partner_id=zephyr.pk):
        return submit(zephyr.pk, claim()).registration


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def added(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return [str(row.person) for row in Collaborator.objects.select_related("person").order_by("pk")]


def test_each_side_adds_its_own_people_and_both_see_all(
    zoe: Client, anna: Client, bo: Person, eve: Person, claimed: DealRegistration, workspace: Workspace
) -> None:
    ours = reverse("console:add_collaborator", args=["registration", claimed.reference])
    theirs = reverse("portal:add_collaborator", args=["registration", claimed.reference])
    assert anna.post(ours, {"person": eve.pk}).status_code == 302
    assert anna.post(ours, {"person": eve.pk}).status_code == 302
    assert zoe.post(theirs, {"person": bo.pk}).status_code == 302
    assert added(workspace) == ["Eve Stone", "Bo Lund"]
    for client, page in ((anna, "console:registration"), (zoe, "portal:deal")):
        seen = words_of(client, reverse(page, args=[claimed.reference]))
        assert "Eve Stone" in seen
        assert "Bo Lund" in seen

    anna.post(ours, {"person": bo.pk})
    zoe.post(theirs, {"person": eve.pk})
    zoe.post(theirs, {"person": "no number"})
    assert added(workspace) == ["Eve Stone", "Bo Lund"]

    with scope(workspace_id=workspace.pk):
        row = Collaborator.objects.get(person=eve)
        verbs = ActivityEntry.objects.filter(verb__startswith="collaborator").order_by("position")
        assert [entry.summary for entry in verbs] == [
            f"Eve Stone was added to {claimed.reference} Cellvia Ltd",
            f"Bo Lund was added to {claimed.reference} Cellvia Ltd",
        ]
    not_theirs = reverse("portal:remove_collaborator", args=["registration", claimed.reference, row.pk])
    assert zoe.post(not_theirs).status_code == 404
    assert added(workspace) == ["Eve Stone", "Bo Lund"]
    off = reverse("console:remove_collaborator", args=["registration", claimed.reference, row.pk])
    assert anna.post(off).status_code == 302
    assert added(workspace) == ["Bo Lund"]
    with scope(workspace_id=workspace.pk):
        row = Collaborator.objects.get(person=bo)
    off = reverse("portal:remove_collaborator", args=["registration", claimed.reference, row.pk])
    assert zoe.post(off).status_code == 302
    assert added(workspace) == []


def test_who_was_added_works_on_it_as_notifications_see_it(
    zoe: Client, bo: Person, claimed: DealRegistration, workspace: Workspace
) -> None:
    with scope(workspace_id=workspace.pk):
        entry = ActivityEntry.objects.get(verb="deal_registered")
        assert bo.pk not in events_of([entry])[0].workers
    zoe.post(reverse("portal:add_collaborator", args=["registration", claimed.reference]), {"person": bo.pk})
    with scope(workspace_id=workspace.pk):
        assert bo.pk in events_of([entry])[0].workers


def test_who_is_added_to_an_opportunity_hears_of_its_registration_too(
    anna: Client, eve: Person, claimed: DealRegistration, workspace: Workspace
) -> None:
    with scope(workspace_id=workspace.pk):
        deal = make_row(Opportunity)
        DealRegistration.objects.filter(pk=claimed.pk).update(opportunity=deal)
    anna.post(reverse("console:add_collaborator", args=["deal", deal.pk]), {"person": eve.pk})
    assert added(workspace) == ["Eve Stone"]
    with scope(workspace_id=workspace.pk):
        (event,) = events_of([ActivityEntry.objects.get(verb="deal_registered")])
    assert eve.pk in event.workers


def test_only_people_whose_role_sees_deals_can_be_added_and_only_by_who_may_write(
    anna: Client, workspace: Workspace, zephyr: Partner, claimed: DealRegistration, eve: Person
) -> None:
    executive = make_member(workspace, WorkspaceRole.EXECUTIVE, email="max@umbra.example", name="Max").person
    address = reverse("console:add_collaborator", args=["registration", claimed.reference])
    assert browser_of(executive).post(address, {"person": eve.pk}).status_code == 403
    rival = browser_of(make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person)
    foreign = reverse("portal:add_collaborator", args=["registration", claimed.reference])
    assert rival.post(foreign, {"person": eve.pk}).status_code == 404
    assert anna.post(reverse("console:add_collaborator", args=["nothing", "1"])).status_code == 404
    assert added(workspace) == []


def test_people_are_added_to_a_lead(
    zoe: Client, anna: Client, bo: Person, workspace: Workspace, zephyr: Partner
) -> None:
    with scope(workspace_id=workspace.pk):
        lead = introduce(zephyr).lead
    address = reverse("portal:add_collaborator", args=["lead", lead.reference])
    assert zoe.post(address, {"person": bo.pk}).status_code == 302
    assert added(workspace) == ["Bo Lund"]
    for client, page in ((anna, "console:lead"), (zoe, "portal:lead")):
        assert "Bo Lund" in words_of(client, reverse(page, args=[lead.reference]))
