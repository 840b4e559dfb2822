"""Starting a workspace in the browser: who may, from the demo, beside another one, and on an empty server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tallystick.flows.setup import setup_state
from tallystick.flows.workspaces import first_workspace_url
from tallystick.partners.models import Partner
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
COMPANY = {"name": "Ostara Energy", "currency": "GBP", "fiscal_year_start": "4"}
SELF = {"person_name": "Ida Frost", "email": "ida@ostara.example"}


def first_path() -> str:
    return urlsplit(first_workspace_url(at=NOW)).path


def test_an_admin_starts_a_workspace_with_three_answers_and_is_in_it(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace).person)
    assert browser.post(reverse("start_own"), COMPANY)["Location"] == reverse("start")

    own = Workspace.objects.get(slug="ostara-energy")
    assert (own.name, own.currency, own.fiscal_year_start, own.is_demo) == ("Ostara Energy", "GBP", 4, False)
    assert "Ostara Energy" in browser.get(reverse("console:overview")).content.decode()


def test_what_is_missing_is_said_under_its_field_and_nothing_is_started(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace).person)
    answer = browser.post(reverse("start_own"), {**COMPANY, "currency": ""})

    assert answer.status_code == 422
    assert "Choose the currency you report in." in answer.content.decode()
    assert 'value="Ostara Energy"' in answer.content.decode()
    assert Workspace.objects.count() == 1


@pytest.mark.parametrize(("who", "role"), [("admins", WorkspaceRole.FINANCE), ("nobody", WorkspaceRole.ADMIN)])
def test_who_may_not_start_one_is_refused_and_nothing_is_started(
    workspace: Workspace, settings: Settings, who: str, role: WorkspaceRole
) -> None:
    settings.NEW_WORKSPACES = who
    browser = browser_of(make_member(workspace, role).person)

    assert browser.get(reverse("start_own")).status_code == 403
    assert browser.post(reverse("start_own"), COMPANY).status_code == 403
    assert Workspace.objects.count() == 1


def test_the_demo_asks_who_begins_and_invites_them(workspace: Workspace, settings: Settings) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    browser = browser_of(make_member(workspace, name="Helen Marsh").person)
    assert browser.post(reverse("start_own"), COMPANY).status_code == 422

    page = browser.post(reverse("start_own"), {**COMPANY, **SELF}).content.decode()
    assert "/invitation/" in page
    own = Workspace.objects.get(slug="ostara-energy")
    with scope(workspace_id=own.pk):
        [invited] = Membership.objects.select_related("person")
        assert (invited.person.email, invited.role, invited.accepted_at) == ("ida@ostara.example", "admin", None)


def test_the_demo_shows_no_invitation_of_somebody_who_is_known_here(workspace: Workspace) -> None:
    """It would sign the visitor in as somebody else."""
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    browser = browser_of(make_member(workspace, name="Helen Marsh").person)
    Person.objects.create(email="ida@ostara.example", name="Ida Frost")

    page = browser.post(reverse("start_own"), {**COMPANY, **SELF}).content.decode()
    assert "/invitation/" not in page
    assert "An invitation is on its way" in page


def test_production_shows_no_invitation(workspace: Workspace, settings: Settings) -> None:
    settings.IN_PRODUCTION = True
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    browser = browser_of(make_member(workspace, name="Helen Marsh").person)
    assert "/invitation/" not in browser.post(reverse("start_own"), {**COMPANY, **SELF}).content.decode()


def test_an_empty_server_says_how_to_set_it_up() -> None:
    page = Client().get("/", follow=True)
    assert page.redirect_chain == [("/first/", 302)]
    assert "tallystick workspace first-link" in page.content.decode()


def test_the_operator_s_link_makes_the_first_workspace_once() -> None:
    with time_machine.travel(NOW):
        path = first_path()
        browser = Client()
        assert "Set up this server" in browser.get(path).content.decode()
        assert browser.post(path, {**COMPANY, **SELF}).status_code == 302

        own = Workspace.objects.get()
        with scope(workspace_id=own.pk):
            assert Membership.objects.get().role == "admin"
        assert "Ostara Energy" in browser.get(reverse("console:overview")).content.decode()
        assert Client().get(path).status_code == 404
        assert Client().post(path, {**COMPANY, **SELF}).status_code == 404
    assert Workspace.objects.count() == 1


def test_the_operator_s_link_holds_a_day_and_only_if_we_made_it() -> None:
    with time_machine.travel(NOW + timedelta(days=1, seconds=1)):
        assert Client().get(first_path()).status_code == 404
    assert Client().post(reverse("first_workspace", args=["made-up"]), {**COMPANY, **SELF}).status_code == 404
    assert not Workspace.objects.exists()


def test_a_server_with_a_workspace_leads_to_the_sign_in(workspace: Workspace) -> None:
    assert Client().get("/")["Location"].startswith("/sign-in/")
    assert Client().get(reverse("empty_server"))["Location"] == "/sign-in/"


def test_the_first_partner_is_added_and_invited_with_a_link_to_copy(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace).person)
    address = reverse("console:add_partner")
    given = {
        "company": "Corvid Consulting",
        "type": "consultant",
        "email": "asha@corvid.example",
        "person_name": "Asha",
    }
    refused = browser.post(address, {**given, "email": "asha"})
    assert refused.status_code == 422
    assert 'value="Corvid Consulting"' in refused.content.decode()

    page = browser.post(address, given).content.decode()
    assert "/invitation/" in page
    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get().name == "Corvid Consulting"
        assert setup_state().has_partner_people
    twice = browser.post(address, given)
    assert twice.status_code == 422
    assert "There is a partner of this name already." in twice.content.decode()
