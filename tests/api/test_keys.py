"""Keys: made, used, revoked, expired; what is kept of them, and who makes them where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tallystick.partners.api_keys import KeyRefused, caller_with, create_api_key, revoke_api_key
from tallystick.partners.models import ApiKey, Lifecycle, Partner, PartnerRole
from tallystick.platform.access import Permission
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.programs import Program, make_key, program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_who_am_i_tells_the_key_and_what_it_may(workspace: Workspace) -> None:
    made = make_key(workspace, [Permission.SEE_DEALS])
    told = Program(made.token).get("/me").json()

    assert told["key"] == "CRM sync"
    assert told["prefix"] == made.key.prefix
    assert told["workspace"] == {"id": workspace.pk, "name": "Umbra Labs"}
    assert (told["side"], told["partner"], told["permissions"]) == ("workspace", None, ["see_deals"])
    assert (told["currency"], told["time_zone"]) == ("EUR", "Europe/Berlin")


def test_of_a_key_only_the_hash_is_kept(workspace: Workspace) -> None:
    made = make_key(workspace)
    secret = made.token.rpartition("_")[2]
    with scope(workspace_id=workspace.pk):
        row = ApiKey.objects.values().get(pk=made.key.pk)
        entry = ActivityEntry.objects.get(verb="api_key_created")

    assert len(secret) == 48
    assert secret not in repr(row)
    assert secret not in entry.body
    assert made.token.startswith(row["prefix"])


def test_a_revoked_key_is_refused_from_the_next_request_on_and_stays_as_it_is(workspace: Workspace) -> None:
    made = make_key(workspace)
    program = Program(made.token)
    assert program.get("/me").status_code == 200

    with scope(workspace_id=workspace.pk):
        revoke_api_key(SYSTEM, key_id=made.key.pk, at=NOON)
        revoke_api_key(SYSTEM, key_id=made.key.pk, at=NOON + timedelta(days=1))
        assert ApiKey.objects.get().revoked_at == NOON
        assert ActivityEntry.objects.filter(verb="api_key_revoked").count() == 1
    assert program.get("/me").status_code == 401


def test_a_key_works_until_the_instant_it_ends(workspace: Workspace) -> None:
    made = make_key(workspace, expires_at=NOON)

    assert caller_with(made.token, at=NOON - timedelta(microseconds=1)) is not None
    assert caller_with(made.token, at=NOON) is None
    with time_machine.travel(NOON, tick=False):
        assert Program(made.token).get("/me").status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token[:-1],
        lambda token: token.upper(),
        lambda token: token.replace("tsk_", "tsk_9", 1),
        lambda token: f"{token}0",
        lambda _token: "tsk_1_",
        lambda _token: "",
    ],
)
def test_a_key_that_is_nearly_right_is_wrong(workspace: Workspace, spoil: Any) -> None:
    response = Program(spoil(make_key(workspace).token)).get("/me")
    assert (response.status_code, response.json()["code"]) == (401, "key_invalid")


@given(token=st.text(max_size=80))
def test_no_text_that_is_no_key_gets_as_far_as_the_database(token: str) -> None:
    assert caller_with(token, at=NOON) is None


def test_a_partner_s_key_ends_with_its_portal(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    program = program_of(partner)
    assert program.get("/me").json()["partner"]["name"] == "Zephyr Informatics"

    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=partner.pk).update(lifecycle=Lifecycle.ENDED)
    assert program.get("/me").status_code == 401


def test_when_a_key_was_last_used_is_written_once_a_minute_at_most(workspace: Workspace) -> None:
    made = make_key(workspace)
    program = Program(made.token)

    def used_at(instant: datetime) -> datetime | None:
        with time_machine.travel(instant, tick=False):
            program.get("/me")
        with scope(workspace_id=workspace.pk):
            return ApiKey.objects.get().last_used_at

    assert used_at(NOON) == NOON
    assert used_at(NOON + timedelta(seconds=59)) == NOON
    assert used_at(NOON + timedelta(seconds=60)) == NOON + timedelta(seconds=60)


def test_a_key_is_made_with_a_name_a_permission_of_its_side_and_an_end_that_is_ahead(workspace: Workspace) -> None:
    def refused(**given: Any) -> bool:
        asked: dict[str, Any] = {"name": "CRM", "permissions": [Permission.SEE_DEALS], "at": NOON, "entropy": b"x" * 30}
        with scope(workspace_id=workspace.pk), pytest.raises(KeyRefused):
            create_api_key(SYSTEM, **{**asked, **given})
        with scope(workspace_id=workspace.pk):
            return not ApiKey.objects.exists()

    assert refused(name=" ")
    assert refused(permissions=[])
    assert refused(permissions=[Permission.SEE_DEALS, Permission.SEE_OWN_DEALS])
    assert refused(permissions=[Permission.MANAGE_PEOPLE])
    assert refused(expires_at=NOON)


def test_the_admin_makes_a_key_on_a_page_and_it_works_once_it_is_copied(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace).person)
    response = browser.post("/settings/api-keys/", {"name": "CRM sync", "permissions": ["see_deals"], "lasts": "30"})
    page = response.content.decode()
    token = page.partition('data-copies="')[2].partition('"')[0]

    assert response.status_code == 201
    assert Program(token).get("/me").json()["permissions"] == ["see_deals"]
    again = browser.get("/settings/api-keys/").content.decode()
    assert token not in again
    assert token.rpartition("_")[0] in again

    with scope(workspace_id=workspace.pk):
        key = ApiKey.objects.get()
    assert browser.get(f"/settings/api-keys/{key.pk}/revoke/").status_code == 200
    assert browser.post(f"/settings/api-keys/{key.pk}/revoke/").status_code == 302
    assert Program(token).get("/me").status_code == 401
    assert browser.get(f"/settings/api-keys/{key.pk}/revoke/").status_code == 404


def test_a_page_gives_no_permission_that_keys_do_not_have(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace).person)
    response = browser.post("/settings/api-keys/", {"name": "x", "permissions": ["see_deals", "manage_people"]})

    assert response.status_code == 422
    with scope(workspace_id=workspace.pk):
        assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", [role for role in WorkspaceRole if role is not WorkspaceRole.ADMIN])
def test_only_the_admin_sees_keys(workspace: Workspace, role: WorkspaceRole) -> None:
    browser = browser_of(make_member(workspace, role).person)
    assert browser.get("/settings/api-keys/").status_code == 403


def test_a_partner_admin_makes_a_key_of_the_partner_and_sees_no_other(workspace: Workspace) -> None:
    partner, rival = make_partner(workspace), make_partner(workspace, "Rival")
    foreign = make_key(rival, name="FOREIGN key")
    make_key(workspace, name="FOREIGN workspace key")
    browser = browser_of(make_partner_person(partner).person)

    response = browser.post("/portal/api-keys/", {"name": "Our CRM", "permissions": ["register_deals"], "lasts": ""})
    page = response.content.decode()
    told = Program(page.partition('data-copies="')[2].partition('"')[0]).get("/me").json()
    assert (response.status_code, told["side"], told["partner"]["id"]) == (201, "partner", partner.pk)
    assert "FOREIGN" not in page
    assert browser.post(f"/portal/api-keys/{foreign.key.pk}/revoke/").status_code == 404
    assert Program(foreign.token).get("/me").status_code == 200

    seller = browser_of(make_partner_person(partner, PartnerRole.SELLER, email="s@zephyr.example").person)
    assert seller.get("/portal/api-keys/").status_code == 403


def test_many_wrong_keys_from_one_place_have_to_wait(client: Client, workspace: Workspace) -> None:
    wrong = {"Authorization": f"Bearer tsk_{workspace.pk}_{'0' * 12}_{'0' * 48}"}
    answers = [client.get("/api/v1/me", headers=wrong) for _ in range(61)]

    assert {response.status_code for response in answers[:60]} == {401}
    assert answers[60].status_code == 429
    assert int(answers[60]["Retry-After"]) > 0
    assert Program(make_key(workspace).token).get("/me").status_code == 200


def test_a_key_that_calls_too_often_is_told_when_to_come_back(workspace: Workspace, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    program, other = program_of(workspace), program_of(workspace)
    first, second, third = program.get("/me"), program.get("/me"), program.get("/me")

    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 429]
    assert first["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert first["RateLimit"].startswith('"requests";r=1;t=')
    assert third["RateLimit"].startswith('"requests";r=0;t=')
    assert 1 <= int(third["Retry-After"]) <= 60
    assert third.json()["code"] == "too_many_requests"
    assert other.get("/me").status_code == 200
