"""How a registration is handled, through the pages of both sides: asked, answered, passed on, extended, changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import ApprovalStep, DealRegistration, RegistrationRequest
from tallystick.deals.services import request_amendment, request_extension
from tallystick.flows.inbox.reading import read_inbox
from tallystick.flows.notifications import stream
from tallystick.flows.registrations import approve_registration, follow_clocks
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Viewer
from tallystick.platform.actors import Actor
from tallystick.platform.models import Notice, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member
from tests.journeys.portal_world import MANAGER, PortalWorld, build_portal_world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> PortalWorld:
    return build_portal_world(workspace, at=NOON)


@pytest.fixture
def zoe(world: PortalWorld) -> Client:
    return browser_of(world.seller.person)


@pytest.fixture
def anna(world: PortalWorld, workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, name="Anna Berg").person)


def words_of(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def claim_of(world: PortalWorld, company: str) -> DealRegistration:
    with scope(workspace_id=world.partner.workspace_id):
        return DealRegistration.objects.get(reference=world.references[company])


def approved(world: PortalWorld, *, days_ago: int) -> DealRegistration:
    """Return Northgate's claim, approved so many days ago."""
    claim = claim_of(world, "Northgate")
    with scope(workspace_id=world.partner.workspace_id):
        approve_registration(MANAGER, registration_id=claim.pk, at=NOON - timedelta(days=days_ago))
    return claim_of(world, "Northgate")


def test_both_sides_see_the_same_clock_and_it_stands_still_while_the_partner_is_asked(
    anna: Client, zoe: Client, world: PortalWorld
) -> None:
    reference = world.references["Northgate"]
    console, portal = reverse("console:registration", args=[reference]), reverse("portal:deal", args=[reference])
    due = "Fri, 16 Oct 2026, 12:00 CEST"
    calendar = "Mon–Fri, whole days, Europe/Berlin"
    for words in (words_of(anna, console), words_of(zoe, portal)):
        assert (due in words, calendar in words) == (True, True)

    answer = anna.post(reverse("console:ask", args=[reference]), {"question": "Who signs there?"})
    assert (answer.status_code, answer["Location"]) == (302, console)
    assert "We need an answer from you “Who signs there?” Answer by Stopped" in words_of(zoe, portal)
    assert "Answer questions before a decision" in words_of(zoe, reverse("portal:home"))

    with time_machine.travel(NOON + timedelta(days=5), tick=False):
        page = reverse("portal:answer_question", args=[reference])
        assert zoe.post(page, {"answer": " "}).status_code == 422
        assert zoe.post(page, {"answer": "Dr Lind."})["Location"] == portal
        assert "Wed, 21 Oct 2026, 12:00 CEST" in words_of(anna, console)
        assert "Dr Lind." in words_of(anna, console)
        assert zoe.get(page).status_code == 404


def test_a_question_needs_words(anna: Client, world: PortalWorld) -> None:
    answer = anna.post(reverse("console:ask", args=[world.references["Northgate"]]), {"question": ""})
    assert answer.status_code == 422
    assert claim_of(world, "Northgate").clock_stopped_at is None


def test_a_second_step_is_another_persons_and_its_role_finds_it_in_the_inbox(
    anna: Client, zoe: Client, world: PortalWorld, workspace: Workspace
) -> None:
    claim = claim_of(world, "Northgate")
    with scope(workspace_id=workspace.pk):
        ApprovalStep.objects.create(
            workspace=workspace,
            registration=claim,
            partner_id=claim.partner_id,
            position=2,
            name="finance",
            says="Finance looks at the value",
            roles=["finance"],
        )
    finn = make_member(workspace, WorkspaceRole.FINANCE, email="finn@umbra.example", name="Finn Lund")
    viewer = Viewer(finn.person, workspace, "finance", "Finance", WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole.FINANCE])
    approve = reverse("console:approve", args=[claim.reference])
    browser = browser_of(finn.person)

    assert browser.post(approve).status_code == 403
    assert claim_of(world, "Northgate").state == "submitted"
    anna.post(approve)
    console = words_of(anna, reverse("console:registration", args=[claim.reference]))
    assert ("Finance looks at the value" in console, "waits for finance" in console) == (True, True)
    portal = words_of(zoe, reverse("portal:deal", args=[claim.reference]))
    assert ("Finance looks at the value" in portal, "to be taken" in portal, "waits for finance" in portal) == (
        True,
        True,
        False,
    )
    assert anna.post(approve).status_code == 422
    with scope(workspace_id=workspace.pk):
        assert [each.item.reference for each in read_inbox(viewer, at=NOON).items if each.item.reference] == [
            claim.reference
        ]
    assert browser.post(approve).status_code == 302
    assert claim_of(world, "Northgate").state == "approved"
    assert "Anna Berg" not in words_of(zoe, reverse("portal:deal", args=[claim.reference]))


def test_a_partner_asks_for_more_time_and_the_vendor_grants_it(anna: Client, zoe: Client, world: PortalWorld) -> None:
    claim = approved(world, days_ago=80)
    page = reverse("portal:extend", args=[claim.reference])
    assert f'href="{page}"' in zoe.get(reverse("portal:deal", args=[claim.reference])).content.decode()
    assert "ends on 24 Oct 2026" in words_of(zoe, page)
    assert zoe.post(page, {"days": "60", "reason": "A trial."}).status_code == 422
    zoe.post(page, {"days": "20", "reason": "The trial runs until November."})
    [request] = requests_of(world)
    assert (request.state, request.after) == ("waiting", {"protected_until": "2026-11-13", "days": 20})

    console = reverse("console:registration", args=[claim.reference])
    assert "24 Oct 2026 13 Nov 2026 Why The trial runs until November." in words_of(anna, console)
    assert "Northgate" in words_of(anna, reverse("console:deals") + "?view=requests")
    refuse = reverse("console:decline_request", args=[claim.reference, request.pk])
    assert anna.post(refuse, {"reason": ""}).status_code == 422
    anna.post(reverse("console:grant_request", args=[claim.reference, request.pk]))
    assert str(claim_of(world, "Northgate").protected_until) == "2026-11-13"
    assert "until 13 Nov" in words_of(zoe, reverse("portal:deal", args=[claim.reference]))


def requests_of(world: PortalWorld) -> list[RegistrationRequest]:
    with scope(workspace_id=world.partner.workspace_id):
        return list(RegistrationRequest.objects.order_by("pk"))


def test_a_partner_changes_what_it_registered_and_takes_a_request_back(zoe: Client, world: PortalWorld) -> None:
    claim = claim_of(world, "Northgate")
    page = reverse("portal:amend", args=[claim.reference])
    given = {"value": "61,000", "contact_name": "Dr Ott", "reason": "They want one more site.", "product": ""}
    zoe.post(page, given)
    assert claim_of(world, "Northgate").value_minor == 6_100_000
    assert zoe.post(page, {**given, "value": "nothing"}).status_code == 422

    zoe.post(page, {**given, "value": "20,000"})
    granted, waiting = requests_of(world)
    assert (granted.state, waiting.state) == ("granted", "waiting")
    words = words_of(zoe, reverse("portal:deal", args=[claim.reference]))
    assert "€61,000 €20,000" in words
    zoe.post(reverse("portal:take_request_back", args=[claim.reference, waiting.pk]))
    assert [each.state for each in requests_of(world)] == ["granted", "taken_back"]
    assert claim_of(world, "Northgate").value_minor == 6_100_000


def test_a_rival_reaches_nothing_of_it(world: PortalWorld, zoe: Client) -> None:
    foreign = world.references["FOREIGN"]
    with scope(workspace_id=world.partner.workspace_id, partner_id=world.rival.pk):
        made = DealRegistration.objects.get(reference=foreign)
        asked = request_amendment(MANAGER, registration_id=made.pk, new={"product_key": "x"}, reason="Why", at=NOON)
    for name in ("answer_question", "extend", "amend"):
        assert zoe.get(reverse(f"portal:{name}", args=[foreign])).status_code == 404
        assert zoe.post(reverse(f"portal:{name}", args=[foreign]), {"days": 1, "reason": "x"}).status_code == 404
    own = world.references["Northgate"]
    for reference in (foreign, own):
        address = reverse("portal:take_request_back", args=[reference, asked.pk])
        assert zoe.post(address).status_code == 404
    assert [each.state for each in requests_of(world)] == ["waiting"]


def test_an_escalation_tells_the_role_it_names_and_nobody_else(world: PortalWorld, workspace: Workspace) -> None:
    admin = make_member(workspace, WorkspaceRole.ADMIN, name="Ada Roe").person
    ae = make_member(workspace, WorkspaceRole.AE, email="tom@umbra.example", name="Tom Albright").person
    with scope(workspace_id=workspace.pk):
        stream.take_up(at=NOON)
        follow_clocks(Actor.job("test"), at=NOON + timedelta(days=2))
        stream.take_up(at=NOON + timedelta(days=2))
        told = Notice.objects.filter(verb="registration_escalated").values_list("person_id", flat=True)
        assert (set(told), ae.pk in told) == ({admin.pk}, False)


def test_the_end_of_a_registration_ends_what_waits(world: PortalWorld, zoe: Client) -> None:
    claim = approved(world, days_ago=80)
    with scope(workspace_id=world.partner.workspace_id, partner_id=world.partner.pk):
        request_extension(MANAGER, registration_id=claim.pk, days=5, reason="Trial", at=NOON)
    zoe.post(reverse("portal:withdraw", args=[claim.reference]), {"reason": "Gone."})
    assert [each.state for each in requests_of(world)] == ["lapsed"]
