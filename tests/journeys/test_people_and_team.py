"""People and roles on both sides: invite, send again, withdraw, hand over, change a role, remove; one admin stays."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.partners.models import PartnerMembership, PartnerRole
from tallystick.platform.models import ActivityEntry, Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def admin(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def partner_admin(workspace: Workspace) -> Client:
    return browser_of(make_partner_person(make_partner(workspace), name="Zoe Adler").person)


def entries(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return list(ActivityEntry.objects.order_by("position").values_list("verb", flat=True))


def members(workspace: Workspace) -> dict[str, str]:
    with scope(workspace_id=workspace.pk):
        return dict(Membership.objects.order_by("pk").values_list("person__email", "role"))


def team(workspace: Workspace) -> dict[str, str]:
    with scope(workspace_id=workspace.pk):
        return dict(PartnerMembership.objects.order_by("pk").values_list("person__email", "role"))


def membership_of(workspace: Workspace, email: str) -> int:
    with scope(workspace_id=workspace.pk):
        return int(
            (
                Membership.objects.filter(person__email=email).first()
                or PartnerMembership.objects.get(person__email=email)
            ).pk
        )


def invitation_in_last_mail() -> str:
    found = re.search(r"^http://127\.0\.0\.1:8000(/invitation/\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    return found[1]


def test_an_admin_invites_sends_again_and_withdraws(
    workspace: Workspace, admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        admin.post("/settings/people/invite/", {"email": "otto@umbra.example", "name": "Otto", "role": "ae"})
    older = invitation_in_last_mail()
    page = admin.get("/settings/people/").content.decode()
    assert "otto@umbra.example" in page
    assert "good until" in page

    pending = membership_of(workspace, "otto@umbra.example")
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/settings/people/{pending}/renew/")
    newer = invitation_in_last_mail()
    assert Client().get(older).status_code == 410
    assert Client().get(newer).status_code == 200

    admin.post(f"/settings/people/{pending}/withdraw/")
    assert Client().get(newer).status_code == 410
    assert members(workspace) == {"anna@umbra.example": "admin"}
    assert entries(workspace)[-1] == "invitation_withdrawn"


def test_an_expired_invitation_says_whom_to_ask(
    workspace: Workspace, admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with time_machine.travel(NOON, tick=False), django_capture_on_commit_callbacks(execute=True):
        admin.post("/settings/people/invite/", {"email": "otto@umbra.example", "role": "ae"})
    address = invitation_in_last_mail()

    with time_machine.travel(NOON + timedelta(days=15), tick=False):
        page = Client().get(address)

    assert page.status_code == 410
    words = page.content.decode()
    assert "This invitation has expired" in words
    assert "It was good until 28 Oct 2026, 12:00 UTC. Ask Anna Berg to send it again" in words


def test_a_role_is_changed_and_the_only_admin_keeps_it(workspace: Workspace, admin: Client) -> None:
    otto = make_member(workspace, WorkspaceRole.AE, email="otto@umbra.example")
    anna = membership_of(workspace, "anna@umbra.example")

    admin.post(f"/lists/people/fields/role/{otto.pk}/", {"value": "finance"})
    answer = admin.post(f"/lists/people/fields/role/{anna}/", {"value": "ae"})

    assert members(workspace) == {"anna@umbra.example": "admin", "otto@umbra.example": "finance"}
    assert answer.status_code == 422
    assert "This is the workspace&#x27;s only admin" in answer.content.decode()


def test_removing_names_what_stays_takes_a_reason_and_closes_the_next_click(
    workspace: Workspace, admin: Client
) -> None:
    berit = make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="berit@umbra.example", name="Berit Holm")
    zephyr = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        type(zephyr).objects.update(manager=berit.person)
    browser = browser_of(berit.person)
    address = f"/settings/people/{berit.pk}/remove/"
    assert "Looks after 1 partner;" in admin.get(address).content.decode()
    assert admin.post(address, {"reason": ""}).status_code == 422
    assert browser.get("/account/").status_code == 200

    assert admin.post(address, {"reason": "Left the company"})["Location"] == "/settings/people/"

    assert browser.get("/account/")["Location"] == "/places/"
    with scope(workspace_id=workspace.pk):
        entry = ActivityEntry.objects.get(verb="member_removed")
        assert '"reason":"Left the company"' in entry.body


def test_the_only_admin_is_not_removed(workspace: Workspace, admin: Client) -> None:
    anna = membership_of(workspace, "anna@umbra.example")

    assert admin.post(f"/settings/people/{anna}/remove/", {"reason": "By mistake"}).status_code == 422
    assert members(workspace) == {"anna@umbra.example": "admin"}


def test_people_of_another_workspace_are_not_there(
    workspace: Workspace, other_workspace: Workspace, admin: Client
) -> None:
    foreign = make_member(other_workspace, email="vera@vesper.example", name="Vera Canary")

    assert "Canary" not in admin.get("/settings/people/").content.decode()
    for step in ("remove", "renew", "withdraw"):
        answer = admin.post(f"/settings/people/{foreign.pk}/{step}/", {"reason": "x"})
        assert answer.status_code == 404, step
    assert admin.post(f"/lists/people/fields/role/{foreign.pk}/", {"value": "ae"}).status_code == 404
    assert members(other_workspace) == {"vera@vesper.example": "admin"}


def test_without_mail_the_link_is_handed_over_and_proves_nothing_about_people_who_are_elsewhere(
    workspace: Workspace, other_workspace: Workspace, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
    make_member(other_workspace, email="vera@vesper.example")
    for email in ("vera@vesper.example", "otto@umbra.example"):
        admin.post("/settings/people/invite/", {"email": email, "role": "ae"})
    page = admin.get("/settings/people/").content.decode()
    links = re.findall(r'data-copies="http://127\.0\.0\.1:8000([^"]+)"', page)
    assert len(links) == 2
    answers = {Client().post(link)["Location"].partition("?")[0] for link in links}

    assert answers == {"/sign-in/", "/"}
    with scope(workspace_id=workspace.pk):
        assert Membership.objects.get(person__email="vera@vesper.example").accepted_at is None


def test_who_is_only_invited_is_shown_by_address_whatever_name_they_go_by_elsewhere(
    workspace: Workspace, other_workspace: Workspace, admin: Client
) -> None:
    make_member(other_workspace, email="vera@vesper.example", name="Vera Canary")
    admin.post("/settings/people/invite/", {"email": "vera@vesper.example", "role": "ae"})

    page = admin.get("/settings/people/").content.decode()

    assert "vera@vesper.example" in page
    assert "Canary" not in page


def test_the_list_of_people_takes_the_same_queries_for_two_as_for_twelve(workspace: Workspace, admin: Client) -> None:
    admin.get("/settings/people/")
    with CaptureQueriesContext(connection) as few:
        admin.get("/settings/people/")
    for n in range(10):
        make_member(workspace, WorkspaceRole.AE, email=f"p{n}@umbra.example")
    # What waits is counted anew after something has happened, whatever the page.
    admin.get("/settings/people/")
    with CaptureQueriesContext(connection) as many:
        admin.get("/settings/people/")
    assert len(many) == len(few)


def test_a_partner_admin_looks_after_the_team(
    workspace: Workspace, partner_admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        partner_admin.post("/portal/team/invite/", {"email": "kim@zephyr.example", "role": "seller"})
    assert mail.outbox[0].subject == "Zoe Adler invites you to Umbra Labs's partner portal"
    kim = membership_of(workspace, "kim@zephyr.example")
    assert "kim@zephyr.example" in partner_admin.get("/portal/team/").content.decode()
    Client().post(invitation_in_last_mail())

    partner_admin.post(f"/portal/team/{kim}/role/", {"role": "finance"})
    assert team(workspace) == {"zoe@zephyr.example": "admin", "kim@zephyr.example": "finance"}

    partner_admin.post(f"/portal/team/{kim}/remove/", {"reason": "Moved on"})
    assert team(workspace) == {"zoe@zephyr.example": "admin"}
    assert entries(workspace)[-3:] == ["invitation_accepted", "partner_person_role_changed", "partner_person_removed"]


def test_the_only_partner_admin_stays_admin(workspace: Workspace, partner_admin: Client) -> None:
    zoe = membership_of(workspace, "zoe@zephyr.example")

    partner_admin.post(f"/portal/team/{zoe}/role/", {"role": "seller"})
    assert partner_admin.post(f"/portal/team/{zoe}/remove/", {"reason": "x"}).status_code == 422

    assert team(workspace) == {"zoe@zephyr.example": "admin"}


def test_others_see_the_team_and_whom_to_ask_and_change_nothing(workspace: Workspace) -> None:
    zephyr = make_partner(workspace)
    zoe = make_partner_person(zephyr, name="Zoe Adler")
    kim = make_partner_person(zephyr, PartnerRole.SELLER, email="kim@zephyr.example", name="Kim Sand")
    browser = browser_of(kim.person)
    page = browser.get("/portal/team/").content.decode()
    assert "Only a partner admin changes the team: Zoe Adler." in page
    assert "zoe@zephyr.example" not in page

    for step in ("role", "remove", "renew", "withdraw"):
        assert browser.post(f"/portal/team/{zoe.pk}/{step}/", {"role": "seller", "reason": "x"}).status_code == 403
    assert browser.post("/portal/team/invite/", {"email": "x@zephyr.example", "role": "admin"}).status_code == 403
    assert team(workspace) == {"zoe@zephyr.example": "admin", "kim@zephyr.example": "seller"}


def test_another_partner_s_people_are_not_there(workspace: Workspace, partner_admin: Client) -> None:
    foreign = make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example", name="Sam Canary")

    assert "Canary" not in partner_admin.get("/portal/team/").content.decode()
    for step in ("role", "remove", "renew", "withdraw"):
        answer = partner_admin.post(f"/portal/team/{foreign.pk}/{step}/", {"role": "seller", "reason": "x"})
        assert answer.status_code == 404, step
    assert team(workspace)["sam@quanta.example"] == "admin"


def test_a_person_is_last_seen_where_they_were_and_nowhere_else(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    at_umbra = make_member(workspace, email="anna@umbra.example")
    at_vesper = make_member(other_workspace, email="anna@umbra.example")
    browser = Client()
    browser.force_login(Person.objects.get(email="anna@umbra.example"))
    browser.post("/places/", {"place": f"workspace-{at_umbra.pk}"})
    browser.get("/account/")

    with scope(workspace_id=workspace.pk):
        at_umbra.refresh_from_db()
    with scope(workspace_id=other_workspace.pk):
        at_vesper.refresh_from_db()
    assert at_umbra.last_seen_at is not None
    assert at_vesper.last_seen_at is None
