"""The pages of notifications on both sides: the bell, the list, what one chooses, and what an admin sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tallystick.partners.models import PartnerRole
from tallystick.platform.models import (
    ActivityEntry,
    ChatWebhook,
    DigestChoice,
    Notice,
    NoticeChoice,
    NoticeRules,
    Person,
    TeamNoticeDefault,
    Workspace,
    WorkspaceRole,
)
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)


def tell(workspace: Workspace, person: Person, title: str, *, partner_id: int | None = None, position: int = 1) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(
            Notice,
            person=person,
            partner_id=partner_id,
            position=position,
            kind="decisions",
            title=title,
            url="/deals/",
            at=MORNING + timedelta(minutes=position),
        )


def test_the_bell_counts_what_is_unread_without_a_query_of_its_own(workspace: Workspace) -> None:
    anna = make_member(workspace, WorkspaceRole.EXECUTIVE).person
    browser = browser_of(anna)
    browser.get("/notifications/")
    with CaptureQueriesContext(connection) as before:
        assert b"Notifications, 0 unread" in browser.get("/settings/").content
    for number in range(30):
        tell(workspace, anna, f"News {number}", position=number)
    with CaptureQueriesContext(connection) as after:
        assert b"Notifications, 30 unread" in browser.get("/settings/").content
    assert len(after) == len(before)
    assert any("platform_notice" in query["sql"] and "platform_membership" in query["sql"] for query in after)


def test_a_person_sees_their_own_notices_only_and_reads_them_with_a_way_back(workspace: Workspace) -> None:
    anna, ben = make_member(workspace).person, make_member(workspace, email="ben@umbra.example").person
    tell(workspace, anna, "Cellvia: approved")
    tell(workspace, anna, "Northgate: approved", position=2)
    tell(workspace, ben, "For Ben alone")
    browser = browser_of(anna)
    page = browser.get("/notifications/").content.decode()
    assert page.index("Northgate: approved") < page.index("Cellvia: approved")
    assert "For Ben alone" not in page

    with scope(workspace_id=workspace.pk):
        foreign = Notice.objects.get(person=ben).pk
    browser.post("/notifications/read/", {"id": foreign})
    marked = browser.post("/notifications/read/", {"all": "1"}, follow=True).content.decode()
    assert "2 notifications marked as read." in marked
    assert "Nothing unread" in marked
    with scope(workspace_id=workspace.pk):
        assert Notice.objects.get(person=ben).read_at is None
        at = str(Notice.objects.filter(person=anna)[0].read_at.isoformat())  # type: ignore[union-attr]
    browser.post(f"/notifications/unread/?at={at.replace('+', '%2B')}")
    assert "Cellvia: approved" in browser.get("/notifications/").content.decode()
    assert browser.get("/notifications/read/").status_code == 405


def test_a_choice_holds_at_once_and_can_be_taken_back(workspace: Workspace) -> None:
    anna = make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person
    browser = browser_of(anna)
    given = {"kind": "registrations", "channel": "mail", "reach": "off"}
    answer = browser.post("/settings/notifications/choose/", given, headers={"HX-Request": "true"})
    assert "Registrations to decide, E-mail at once: Off." in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode()
    assert "kind=registrations&amp;channel=mail&amp;reach=" in answer.content.decode()
    with scope(workspace_id=workspace.pk):
        assert [(row.kind, row.channel, row.reach) for row in NoticeChoice.objects.all()] == [
            ("registrations", "mail", "off")
        ]
    browser.post("/settings/notifications/choose/?kind=registrations&channel=mail&reach=")
    with scope(workspace_id=workspace.pk):
        assert NoticeChoice.objects.get().reach == ""
    for wrong in ({"kind": "x"}, {"channel": "x"}, {"reach": "x"}):
        assert browser.post("/settings/notifications/choose/", {**given, **wrong}).status_code == 404
    digest = {"digest": "weekly", "is_on": "1", "hour": "6", "weekday": "4", "time_zone": "Asia/Tokyo"}
    assert browser.post("/settings/notifications/digest/", digest).status_code == 302
    with scope(workspace_id=workspace.pk):
        row = DigestChoice.objects.get()
        assert (row.digest, row.hour, row.weekday, row.time_zone) == ("weekly", 6, 4, "Asia/Tokyo")
    assert browser.post("/settings/notifications/digest/", {**digest, "time_zone": "Moon/Base"}).status_code == 404


def test_a_role_is_offered_no_kinds_it_may_not_see(workspace: Workspace) -> None:
    page = browser_of(make_member(workspace, WorkspaceRole.AE).person).get("/settings/notifications/").content.decode()
    assert "Registrations to decide" in page
    assert "Runs to approve" not in page


def test_a_partner_s_admin_sets_the_team_s_default_and_a_seller_may_not(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    admin = make_partner_person(partner).person
    seller = make_partner_person(partner, PartnerRole.SELLER, email="sam@zephyr.example").person
    address, given = (
        "/portal/notifications/settings/choose/?for=team",
        {
            "kind": "decisions",
            "channel": "inbox",
            "reach": "all",
        },
    )
    assert browser_of(seller).post(address, given).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not TeamNoticeDefault.objects.exists()
    assert browser_of(admin).post(address, given).status_code == 302
    with scope(workspace_id=workspace.pk):
        assert TeamNoticeDefault.objects.get().reach == "all"
        assert ActivityEntry.objects.filter(verb="team_notices_changed", partner_id=partner.pk).count() == 1
    assert "For the team" in browser_of(admin).get("/portal/notifications/settings/?for=team").content.decode()
    seen = browser_of(seller).get("/portal/notifications/settings/").content.decode()
    assert "For the team" not in seen


def test_the_portal_shows_a_person_the_notices_of_that_partner_only(workspace: Workspace) -> None:
    partner, rival = make_partner(workspace), make_partner(workspace, "Rival")
    zoe = make_partner_person(partner).person
    tell(workspace, zoe, "Cellvia: approved", partner_id=partner.pk)
    tell(workspace, zoe, "FOREIGN", partner_id=rival.pk)
    page = browser_of(zoe).get("/portal/notifications/").content.decode()
    assert "Cellvia: approved" in page
    assert "Notifications, 1 unread" in page
    assert "FOREIGN" not in page


def test_who_looks_as_a_partner_has_no_bell_and_reads_nobody_s_notices(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    anna = make_member(workspace).person
    browser: Client = browser_of(anna)
    browser.post(f"/view-as/{partner.pk}/")
    assert 'href="/portal/notifications/"' not in browser.get("/portal/").content.decode()
    assert browser.get("/portal/notifications/").status_code == 403


def test_an_admin_sets_when_silence_is_broken_and_others_may_not(workspace: Workspace) -> None:
    given = {
        "nudge_owner_days": "5",
        "tell_partner_days": "6",
        "answer_due_hours": "4",
        "protection_days": "21, 7",
        "quiet_partner_days": "45",
        "coalesce_minutes": "15",
    }
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="mia@umbra.example").person)
    assert manager.post("/settings/reminders/", given).status_code == 403
    admin = browser_of(make_member(workspace).person)
    refused = admin.post("/settings/reminders/", {**given, "tell_partner_days": "4"})
    assert (refused.status_code, b"The owner is nudged first" in refused.content) == (422, True)
    saved = admin.post("/settings/reminders/", given, follow=True).content.decode()
    assert "The rules are saved." in saved
    with scope(workspace_id=workspace.pk):
        row = NoticeRules.objects.get()
        assert (row.nudge_owner_days, row.protection_days, row.coalesce_minutes) == (5, [21, 7], 15)
        assert ActivityEntry.objects.filter(verb="notice_rules_changed").count() == 1


def test_a_chat_address_is_never_shown_again_and_other_hosts_are_refused(workspace: Workspace) -> None:
    admin = browser_of(make_member(workspace).person)
    given = {"service": "slack", "name": "#deals", "kinds": ["registrations"]}
    for url in (
        "http://hooks.slack.com/services/T/B/x",
        "https://169.254.169.254/latest",
        "https://hooks.slack.com.evil.example/x",
        "https://user@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://[::1]/x",
        "file:///etc/passwd",
    ):
        assert admin.post("/settings/reminders/chat/", {**given, "url": url}).status_code == 422, url
    with scope(workspace_id=workspace.pk):
        assert not ChatWebhook.objects.exists()
