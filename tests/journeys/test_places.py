"""Working in several places with one sign-in, and looking at the portal as a partner."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from tallystick.partners.models import Lifecycle
from tallystick.partners.services import change_lifecycle
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Person, Workspace, WorkspaceRole
from tallystick.platform.saved_views import open_first
from tallystick.platform.tenancy import scope
from tests.factories.people import LONG_AGO, browser_of, make_member, make_partner, make_partner_person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.journeys.pages")]


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (WorkspaceRole.ADMIN, "/overview/"),
        (WorkspaceRole.PARTNER_MANAGER, "/overview/"),
        (WorkspaceRole.AE, "/deals/?view=mine"),
        (WorkspaceRole.REVOPS, "/gaps/"),
        (WorkspaceRole.FINANCE, "/approvals/"),
        (WorkspaceRole.EXECUTIVE, "/overview/"),
    ],
)
def test_each_role_begins_where_its_work_is(workspace: Workspace, role: WorkspaceRole, home: str) -> None:
    assert browser_of(make_member(workspace, role).person).get("/")["Location"] == home


def test_an_account_executive_s_own_choice_of_a_first_view_comes_before_the_usual_one(workspace: Workspace) -> None:
    seller = make_member(workspace, WorkspaceRole.AE).person
    with scope(workspace_id=workspace.pk):
        open_first(person=seller, list_name="deals", query="stage=Demo")
    assert browser_of(seller).get("/")["Location"] == "/deals/"


def test_a_person_with_several_places_chooses_and_changes_over_without_signing_in_again(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    at_umbra = make_member(workspace, WorkspaceRole.FINANCE)
    make_partner(other_workspace, "Quanta Systems")
    at_zephyr = make_partner_person(make_partner(other_workspace), email="anna@umbra.example")
    browser = browser_of(at_umbra.person)

    assert browser.get("/overview/")["Location"] == "/places/"
    page = browser.get("/places/").content.decode()
    assert page.index("Umbra Labs") < page.index("Zephyr Informatics")

    assert browser.post("/places/", {"place": f"workspace-{at_umbra.pk}"}, follow=True).redirect_chain == [
        ("/", 302),
        ("/approvals/", 302),
    ]
    assert browser.get("/portal/").status_code == 404

    browser.post("/places/", {"place": f"partner-{at_zephyr.pk}"})
    assert (
        browser.get("/portal/").content.decode().endswith("at Vesper Systems as Partner admin sees: Zephyr Informatics")
    )
    assert browser.get("/overview/").status_code == 404


def test_a_place_that_is_somebody_else_s_is_answered_like_one_that_is_not_there(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    foreign = make_member(other_workspace, WorkspaceRole.ADMIN, email="vera@vesper.example")
    browser = browser_of(make_member(workspace, WorkspaceRole.AE).person)

    assert browser.post("/places/", {"place": f"workspace-{foreign.pk}"}).status_code == 404
    assert browser.post("/places/", {"place": "workspace-0"}).status_code == 404
    assert browser.post("/places/").status_code == 404
    assert b"at Umbra Labs as Account executive" in browser.get("/overview/").content


def test_an_account_that_is_switched_off_is_signed_out_at_the_next_request(workspace: Workspace) -> None:
    person = make_member(workspace).person
    browser = browser_of(person)
    assert browser.get("/overview/").status_code == 200

    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert browser.get("/overview/")["Location"].startswith("/sign-in/")


def test_the_people_of_a_partner_that_has_ended_are_out_at_the_next_request(workspace: Workspace) -> None:
    zephyr = make_partner(workspace)
    browser = browser_of(make_partner_person(zephyr).person)
    assert browser.get("/portal/").status_code == 200

    with scope(workspace_id=workspace.pk):
        change_lifecycle(SYSTEM, partner_id=zephyr.pk, lifecycle=Lifecycle.ENDED, on=LONG_AGO.date(), at=LONG_AGO)

    assert browser.get("/portal/")["Location"] == "/places/"
    assert "You belong to no workspace" in browser.get("/places/").content.decode()


def test_a_script_is_told_to_open_the_sign_in_page_not_to_swap_it_in(client: Client) -> None:
    answer = client.get("/overview/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in/")


def test_pages_behind_the_sign_in_are_kept_by_no_cache(workspace: Workspace) -> None:
    answer = browser_of(make_member(workspace).person).get("/overview/")

    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_a_view_that_declares_no_audience_is_refused_for_everybody(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace, WorkspaceRole.ADMIN).person)

    with pytest.raises(ImproperlyConfigured, match="/undeclared/ does not declare whom it is for"):
        browser.get("/undeclared/")
    with pytest.raises(ImproperlyConfigured):
        Client().get("/undeclared/")


def test_a_partner_manager_sees_the_portal_as_the_partner_does_and_comes_back(workspace: Workspace) -> None:
    make_partner(workspace, "Quanta Systems")
    zephyr = make_partner(workspace)
    browser = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, name="Anna Berg").person)
    assert browser.get("/portal/").status_code == 404

    assert browser.post(f"/view-as/{zephyr.pk}/")["Location"] == "/portal/"

    page = browser.get("/portal/").content.decode()
    assert page == "Anna Berg at Umbra Labs as Partner manager sees: Zephyr Informatics"
    assert browser.get("/portal/register/").status_code == 403
    assert browser.get("/overview/").content.decode().endswith("sees: Quanta Systems, Zephyr Informatics")
    with scope(workspace_id=workspace.pk):
        entry = ActivityEntry.objects.get(verb="portal_viewed_as_partner")
        assert (entry.summary, entry.partner_id) == ("Anna Berg looked at the portal as Zephyr Informatics", None)

    assert browser.post("/view-as/leave/")["Location"] == "/"
    assert browser.get("/portal/").status_code == 404


def test_looking_as_a_partner_takes_the_permission_a_post_and_a_partner_of_one_s_own(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    own, foreign = make_partner(workspace), make_partner(other_workspace)
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, email="fay@umbra.example").person)
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person)

    assert finance.post(f"/view-as/{own.pk}/").status_code == 403
    assert manager.get(f"/view-as/{own.pk}/").status_code == 405
    assert manager.post(f"/view-as/{foreign.pk}/").status_code == 404
    assert finance.get("/portal/").status_code == 404
    assert manager.get("/portal/").status_code == 404
    with scope(workspace_id=workspace.pk):
        assert not ActivityEntry.objects.filter(verb="portal_viewed_as_partner").exists()


def test_looking_as_a_partner_ends_with_the_permission(workspace: Workspace) -> None:
    zephyr = make_partner(workspace)
    membership = make_member(workspace, WorkspaceRole.PARTNER_MANAGER)
    browser = browser_of(membership.person)
    browser.post(f"/view-as/{zephyr.pk}/")

    with scope(workspace_id=workspace.pk):
        type(membership).objects.update(role=WorkspaceRole.FINANCE)

    assert browser.get("/portal/").status_code == 404
