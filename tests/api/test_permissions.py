"""Every operation × every kind of caller, generated from the API itself: one that was forgotten fails here."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.partners.api_keys import PARTNER_KEY_PERMISSIONS, WORKSPACE_KEY_PERMISSIONS
from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tallystick.web.api.access import Whose
from tests.api.operations import every_operation
from tests.factories.people import browser_of, make_member, make_partner
from tests.factories.programs import make_key

pytestmark = pytest.mark.django_db

OPERATIONS = [pytest.param(each, id=each.name) for each in every_operation()]
NOT_FORBIDDEN = {200, 201, 202, 404, 409, 422}
"""What an operation answers once it is reached; ids are made up, and some bodies name such ids."""

ADDS_SOMETHING = {
    Permission.MANAGE_PARTNERS,
    Permission.MANAGE_PROGRAMME,
    Permission.MANAGE_LEADS,
    Permission.IMPORT_FACTS,
    Permission.MANAGE_WEBHOOKS,
    Permission.MANAGE_SELLER_PAY,
}
"""Those whose operations add something of their own, beside changing what is there."""


@pytest.fixture(autouse=True)
def _limits_are_far(settings: object) -> None:
    settings.API_REQUESTS_A_MINUTE = settings.API_CHECKS_A_MINUTE = 10_000  # type: ignore[attr-defined]


def test_every_operation_says_whose_it_is_and_what_it_needs() -> None:
    nameless = [each.name for each in every_operation() if each.declared.permission is None and each.name != "who_am_i"]
    offered = {*WORKSPACE_KEY_PERMISSIONS, *PARTNER_KEY_PERMISSIONS}
    asked = {each.declared.permission for each in every_operation()} - {None}

    assert nameless == []
    assert asked == offered


def test_who_has_no_key_is_let_in_nowhere(client: Client, workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace, WorkspaceRole.ADMIN).person)
    for each in every_operation():
        for caller in (client, browser):
            response = each.call(caller, "")
            assert (response.status_code, response.json()["code"]) == (401, "key_invalid"), each.name
            assert response["WWW-Authenticate"].startswith("Bearer")
            assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("permission", WORKSPACE_KEY_PERMISSIONS)
def test_a_key_of_the_workspace_does_what_its_permission_allows_and_changes_nothing_else(
    client: Client, workspace: Workspace, permission: Permission
) -> None:
    key = make_key(workspace, [permission])
    with scope(workspace_id=workspace.pk):
        before = ActivityEntry.objects.count()
    for each in every_operation():
        response = each.call(client, key.token)
        if each.declared.whose is Whose.PARTNER:
            assert (response.status_code, response.json()["code"]) == (404, "not_found"), each.name
        elif each.declared.permission in {None, permission}:
            assert response.status_code in NOT_FORBIDDEN, (each.name, response.content)
        else:
            assert (response.status_code, response.json()["code"]) == (403, "permission_missing"), each.name
            assert str(each.declared.permission) in response.json()["detail"]
    if permission not in ADDS_SOMETHING:
        # With made-up ids and nothing to add, nothing can have happened.
        with scope(workspace_id=workspace.pk):
            assert ActivityEntry.objects.count() == before


@pytest.mark.parametrize("permission", PARTNER_KEY_PERMISSIONS)
def test_a_partner_s_key_knows_no_operation_of_the_workspace(
    client: Client, workspace: Workspace, permission: Permission
) -> None:
    key = make_key(make_partner(workspace), [permission])
    for each in every_operation():
        response = each.call(client, key.token)
        if each.declared.whose is Whose.WORKSPACE:
            assert (response.status_code, response.json()["code"]) == (404, "not_found"), each.name
        elif each.declared.permission in {None, permission}:
            assert response.status_code in NOT_FORBIDDEN, (each.name, response.content)
        else:
            assert (response.status_code, response.json()["code"]) == (403, "permission_missing"), each.name


def test_what_does_not_exist_and_what_is_the_other_side_s_are_the_same_bytes(
    client: Client, workspace: Workspace
) -> None:
    key = make_key(make_partner(workspace))
    headers = {"Authorization": f"Bearer {key.token}"}
    answers = {
        client.get(f"/api/v1{address}", headers=headers).content
        for address in ("/nowhere", "/partners", "/accounts/1", "/own/registrations/DR-000000", "/partners/4711")
    }
    assert len(answers) == 1


def test_an_address_tells_which_methods_it_knows(client: Client, workspace: Workspace) -> None:
    headers = {"Authorization": f"Bearer {make_key(workspace).token}"}
    response = client.delete("/api/v1/partners", headers=headers)

    assert (response.status_code, response["Allow"]) == (405, "GET, POST")
    assert response.json()["code"] == "method_not_allowed"


def test_a_key_opens_no_page(client: Client, workspace: Workspace) -> None:
    headers = {"Authorization": f"Bearer {make_key(workspace).token}"}

    assert client.get("/overview/", headers=headers).status_code == 302
    assert client.get("/settings/api-keys/", headers=headers)["Location"].startswith("/sign-in/")
