"""Workspaces and the people in them: roles, removal, and what the next request then shows."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tallystick.kernel.currencies import UnknownCurrency
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.people import LastAdmin, change_role, create_workspace, person_with, remove_member
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.journeys.pages")]


def test_a_new_workspace_begins_its_activity_with_its_own_creation() -> None:
    workspace = create_workspace(SYSTEM, slug="umbra", name="Umbra Labs", currency="EUR", time_zone="Europe/Berlin")

    with scope(workspace_id=workspace.pk):
        assert list(ActivityEntry.objects.values_list("position", "verb")) == [(1, "workspace_created")]


def test_a_workspace_keeps_its_books_in_money_that_exists() -> None:
    with pytest.raises(UnknownCurrency):
        create_workspace(SYSTEM, slug="umbra", name="Umbra Labs", currency="EUX")
    assert not Workspace.objects.exists()


def test_two_workspaces_cannot_share_a_slug(workspace: Workspace) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        create_workspace(SYSTEM, slug=workspace.slug, name="Another", currency="EUR")


def test_a_person_is_the_same_whatever_the_case_of_the_address() -> None:
    first = person_with(email="Anna@Umbra.example", name="Anna Berg")
    again = person_with(email=" anna@umbra.EXAMPLE ", name="Somebody else")

    assert (again.pk, again.name, again.email) == (first.pk, "Anna Berg", "anna@umbra.example")
    assert not Person.objects.get().has_usable_password()


def test_another_role_holds_from_the_next_request_on(workspace: Workspace) -> None:
    make_member(workspace, WorkspaceRole.ADMIN, email="berit@umbra.example")
    membership = make_member(workspace, WorkspaceRole.ADMIN)
    browser = browser_of(membership.person)
    assert browser.get("/people/").status_code == 200

    with scope(workspace_id=workspace.pk):
        change_role(SYSTEM, membership_id=membership.pk, role=WorkspaceRole.AE)

    assert browser.get("/people/").status_code == 403
    assert browser.get("/overview/").status_code == 200


def test_whoever_is_removed_is_gone_at_the_next_request(workspace: Workspace) -> None:
    membership = make_member(workspace, WorkspaceRole.AE)
    browser = browser_of(membership.person)
    assert browser.get("/overview/").status_code == 200

    with scope(workspace_id=workspace.pk):
        remove_member(SYSTEM, membership_id=membership.pk)

    assert browser.get("/overview/")["Location"] == "/places/"
    assert browser.post("/overview/")["Location"] == "/places/"


def test_somebody_removed_in_one_workspace_goes_on_in_another(workspace: Workspace, other_workspace: Workspace) -> None:
    membership = make_member(workspace, WorkspaceRole.AE)
    make_member(other_workspace, WorkspaceRole.FINANCE)
    browser = browser_of(membership.person)
    browser.post("/places/", {"place": f"workspace-{membership.pk}"})
    assert b"at Umbra Labs" in browser.get("/overview/").content

    with scope(workspace_id=workspace.pk):
        remove_member(SYSTEM, membership_id=membership.pk)

    assert browser.get("/overview/")["Location"] == "/places/"
    assert b"at Vesper Systems" in browser.get("/overview/").content


def test_the_last_admin_stays(workspace: Workspace) -> None:
    membership = make_member(workspace, WorkspaceRole.ADMIN)
    with scope(workspace_id=workspace.pk):
        with pytest.raises(LastAdmin):
            remove_member(SYSTEM, membership_id=membership.pk)
        with pytest.raises(LastAdmin):
            change_role(SYSTEM, membership_id=membership.pk, role=WorkspaceRole.AE)

        assert Membership.objects.get().role == "admin"
        assert list(ActivityEntry.objects.values_list("verb", flat=True)) == ["member_added"]


def test_a_member_of_another_workspace_cannot_be_changed(workspace: Workspace, other_workspace: Workspace) -> None:
    foreign = make_member(other_workspace, WorkspaceRole.AE)
    with scope(workspace_id=workspace.pk):
        with pytest.raises(Membership.DoesNotExist):
            change_role(SYSTEM, membership_id=foreign.pk, role=WorkspaceRole.ADMIN)
        with pytest.raises(Membership.DoesNotExist):
            remove_member(SYSTEM, membership_id=foreign.pk)

    with scope(workspace_id=other_workspace.pk):
        assert Membership.objects.get().role == "ae"
