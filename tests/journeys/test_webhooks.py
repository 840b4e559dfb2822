"""The pages of webhooks on both sides: adding an endpoint, its secret shown once, what was sent, and the way back."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from tallystick.partners.models import PartnerRole
from tallystick.platform.models import ActivityEntry, WebhookDelivery, WebhookEndpoint, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)
URL = "https://hooks.example.com/in"
ASKED = {"url": URL, "description": "Data warehouse", "types": ["deal_registered", "statement_issued"]}


@pytest.fixture
def admin(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace).person)


def secrets_in(page: str) -> set[str]:
    return set(re.findall(r"whsec_[A-Za-z0-9+/=]+", page))


def test_an_admin_adds_an_endpoint_and_sees_its_secret_once(admin: Client, workspace: Workspace) -> None:
    response = admin.post("/settings/webhooks/", ASKED)
    assert response.status_code == 201
    (secret,) = secrets_in(response.content.decode())
    assert len(secret) == len("whsec_") + 44
    with scope(workspace_id=workspace.pk):
        row = WebhookEndpoint.objects.get()
        assert (row.url, row.types, row.partner_id) == (URL, ["deal_registered", "statement_issued"], None)
        assert secret not in row.sealed_secret
        entry = ActivityEntry.objects.get(verb="webhook_added")
        assert secret not in entry.body
        assert "/in" not in entry.body
    page = admin.get("/settings/webhooks/").content.decode()
    assert "Data warehouse" in page
    assert secrets_in(page) == set()
    assert secrets_in(admin.get(f"/settings/webhooks/{row.pk}/").content.decode()) == set()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"url": "http://hooks.example.com/"}, "must begin with https://"),
        ({"url": "https://169.254.169.254/"}, "not an IP address"),
        ({"url": ""}, "Enter the address"),
        ({"types": []}, "Choose at least one event"),
        ({"types": ["people_paid"]}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_added(
    admin: Client, workspace: Workspace, changed: dict[str, object], words: str
) -> None:
    response = admin.post("/settings/webhooks/", {**ASKED, **changed})
    assert response.status_code == 422
    assert words in response.content.decode()
    with scope(workspace_id=workspace.pk):
        assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_paused_tried_given_a_secret_and_removed(admin: Client, workspace: Workspace) -> None:
    admin.post("/settings/webhooks/", ASKED)
    with scope(workspace_id=workspace.pk):
        key = WebhookEndpoint.objects.get().pk
    home = f"/settings/webhooks/{key}/"
    assert admin.post(home, {**ASKED, "description": "Lake"}).status_code == 302
    assert "Lake" in admin.get(home).content.decode()
    assert admin.post(home, {**ASKED, "url": "https://localhost/"}).status_code == 422

    rotated = admin.post(f"{home}rotate/", {"overlap": "24"})
    assert rotated.status_code == 201
    assert len(secrets_in(rotated.content.decode())) == 1
    assert "signs until" in admin.get(home).content.decode()
    assert admin.post(f"{home}rotate/", {"overlap": "5"}).status_code == 422

    hello = admin.post(f"{home}test/", follow=True).content.decode()
    assert "webhook_test" in hello
    assert "None yet: it waits for the worker." in hello
    admin.post(f"{home}switch/")
    assert "Paused" in admin.get(home).content.decode()
    refused = admin.post(f"{home}test/", follow=True).content.decode()
    assert "The endpoint is paused. Resume it first." in refused
    admin.post(f"{home}switch/")
    with scope(workspace_id=workspace.pk):
        assert WebhookDelivery.objects.get().state == "held"
    assert (
        "1 message is sent again."
        in admin.post(f"{home}replay/", {"since": "2020-01-01T00:00"}, follow=True).content.decode()
    )
    assert admin.post(f"{home}replay/", {"since": "soon"}).status_code == 422

    assert admin.get(f"{home}remove/").status_code == 200
    assert admin.post(f"{home}remove/").status_code == 302
    assert admin.get(home).status_code == 404
    assert admin.post(f"{home}switch/").status_code == 404


def test_a_message_shows_its_bytes_and_attempts_and_is_sent_again(admin: Client, workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        endpoint = make_row(WebhookEndpoint, url=URL, types=["deal_registered"])
        sent = make_row(
            WebhookDelivery,
            endpoint=endpoint,
            type="deal_registered",
            state="failed",
            body='{"type":"deal_registered"}',
            problem="Answered 500.",
            attempts=10,
        )
    listed = admin.get("/settings/webhooks/sent/?view=failed").content.decode()
    assert "Answered 500." in listed
    page = admin.get(f"/settings/webhooks/sent/{sent.pk}/").content.decode()
    assert "{&quot;type&quot;:&quot;deal_registered&quot;}" in page
    assert admin.post(f"/settings/webhooks/sent/{sent.pk}/again/").status_code == 302
    with scope(workspace_id=workspace.pk):
        sent.refresh_from_db()
        assert (sent.state, sent.attempts) == ("queued", 0)
    assert admin.get("/settings/webhooks/sent/4711/").status_code == 404


def test_a_partners_admin_has_endpoints_of_its_own_and_sees_nobody_elses(workspace: Workspace) -> None:
    own, other = make_partner(workspace), make_partner(workspace, name="Corvid Consulting")
    zoe = browser_of(make_partner_person(own).person)
    assert zoe.post("/portal/webhooks/", {**ASKED, "types": ["approval_run_prepared"]}).status_code == 422
    assert zoe.post("/portal/webhooks/", ASKED).status_code == 201
    with scope(workspace_id=workspace.pk):
        mine = WebhookEndpoint.objects.get()
        assert mine.partner_id == own.pk
        theirs = make_row(WebhookEndpoint, partner_id=other.pk, url="https://canary.example.com/", types=["x"])
        vendors = make_row(WebhookEndpoint, url="https://canary.example.com/v", types=["x"])
        sent = [
            make_row(WebhookDelivery, endpoint=row, partner_id=row.partner_id, type="CANARY")
            for row in (theirs, vendors)
        ]
    assert zoe.get(f"/portal/webhooks/{mine.pk}/").status_code == 200
    assert "canary" not in zoe.get("/portal/webhooks/").content.decode().lower()
    assert "canary" not in zoe.get("/portal/webhooks/sent/").content.decode().lower()
    for row in (theirs, vendors):
        for place in ("", "rotate/", "switch/", "test/", "replay/", "remove/"):
            assert zoe.post(f"/portal/webhooks/{row.pk}/{place}", {"overlap": "24"}).status_code == 404
    for message in sent:
        assert zoe.get(f"/portal/webhooks/sent/{message.pk}/").status_code == 404
        assert zoe.post(f"/portal/webhooks/sent/{message.pk}/again/").status_code == 404
    with scope(workspace_id=workspace.pk):
        theirs.refresh_from_db()
        assert (theirs.paused_at, theirs.removed_at) == (None, None)


def test_only_admins_manage_webhooks(workspace: Workspace) -> None:
    member = browser_of(make_member(workspace, WorkspaceRole.REVOPS, email="rev@umbra.example").person)
    assert member.get("/settings/webhooks/").status_code == 403
    assert member.post("/settings/webhooks/", ASKED).status_code == 403
    partner = make_partner(workspace)
    seller = browser_of(make_partner_person(partner, PartnerRole.SELLER, email="sam@zephyr.example").person)
    assert seller.post("/portal/webhooks/", ASKED).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not WebhookEndpoint.objects.exists()
