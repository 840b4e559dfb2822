"""An admin replaces the terms of the portal; partners agree anew, and the console shows who did and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.test import Client

from tallystick.partners.models import Partner, PartnerRole, PortalTerms, TermsAcceptance
from tallystick.partners.terms import TermsChanged, accept_terms, current_terms, publish_terms
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GIVEN = {"summary": "Be fair.\r\nBe quick.", "body": "1. Be fair.\r\n\r\n2. Be quick.", "after": "1"}
NEW = "/settings/terms/new/"


@pytest.fixture(autouse=True)
def _at_noon_of_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace)


def published(workspace: Workspace) -> list[tuple[int, str, str]]:
    with scope(workspace_id=workspace.pk):
        return list(PortalTerms.objects.order_by("version").values_list("version", "summary", "published_by_label"))


def test_a_version_is_looked_at_before_it_is_published_and_the_look_publishes_nothing(
    browser: Client, workspace: Workspace
) -> None:
    page = browser.post(NEW, {**GIVEN, "do": "preview"})
    assert page.status_code == 200
    assert "As partners will see it" in page.content.decode()
    assert '<p class="prose">2. Be quick.</p>' in page.content.decode()
    assert "Publish version 2" in page.content.decode()
    assert published(workspace) == []


def test_publishing_asks_every_person_of_a_partner_at_the_next_visit_and_keeps_who_agreed_to_what(
    browser: Client, workspace: Workspace, partner: Partner
) -> None:
    zoe = browser_of(make_partner_person(partner, name="Zoe Zimmer").person)
    make_partner_person(partner, PartnerRole.SELLER, email="sam@zephyr.example", name="Sam Sells")
    assert zoe.get("/portal/").status_code == 200

    assert browser.post(NEW, {**GIVEN, "do": "publish"})["Location"] == "/settings/terms/"

    assert published(workspace) == [(2, "Be fair.\nBe quick.", "Anna Berg")]
    assert zoe.get("/portal/")["Location"] == "/portal/terms/?next=%2Fportal%2F"
    zoe.post("/portal/terms/", {"version": "2", "next": "/portal/"})
    assert zoe.get("/portal/").status_code == 200
    page = unescape(browser.get("/settings/terms/").content.decode())
    assert "Version 2 holds" in page
    assert "Sam Sells" in page
    assert "Zoe Zimmer" not in page
    assert "Zoe Zimmer" in browser.get("/settings/terms/2/").content.decode()
    with scope(workspace_id=workspace.pk):
        entry = ActivityEntry.objects.get(verb="terms_published")
        text_hash = TermsAcceptance.objects.get(version=2).text_hash
    assert json.loads(entry.body)["data"] == {"version": 2, "text_hash": text_hash}
    file = b"".join(browser.get("/settings/terms/2/?format=csv")).decode("utf-8-sig").splitlines()
    assert file == [
        "Version,Partner,Person,E-mail,Agreed at (UTC),SHA-256 of the text",
        f"2,Zephyr Informatics,Zoe Zimmer,zoe@zephyr.example,2026-11-20T12:00:00+00:00,{text_hash}",
    ]


def test_a_published_version_stays_as_it_was_when_the_next_one_holds(browser: Client) -> None:
    browser.post(NEW, {**GIVEN, "do": "publish"})
    browser.post(NEW, {"summary": "Be kind.", "body": "1. Be kind.", "after": "2", "do": "publish"})
    assert "1. Be fair." in browser.get("/settings/terms/2/").content.decode()
    assert "1. Be kind." in browser.get("/settings/terms/3/").content.decode()
    assert browser.get("/settings/terms/4/").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"summary": ""},
        {"body": " "},
        {"summary": "1\n2\n3\n4\n5\n6"},
        {"after": "0"},
    ],
)
def test_what_cannot_be_terms_is_refused_and_nobody_is_asked(
    browser: Client, workspace: Workspace, wrong: dict[str, str]
) -> None:
    assert browser.post(NEW, {**GIVEN, **wrong, "do": "publish"}).status_code == 422
    assert published(workspace) == []


def test_the_text_that_holds_is_not_published_again(browser: Client, workspace: Workspace) -> None:
    browser.post(NEW, {**GIVEN, "do": "publish"})
    answer = browser.post(NEW, {**GIVEN, "after": "2", "do": "publish"})
    assert answer.status_code == 422
    assert "This is the text that holds already." in answer.content.decode()
    assert len(published(workspace)) == 1


def test_of_two_who_publish_the_second_reads_the_first_and_keeps_the_own_text(
    browser: Client, workspace: Workspace
) -> None:
    with scope(workspace_id=workspace.pk):
        publish_terms(SYSTEM, summary="Be first.", body="1. Be first.", at=NOON)
        with pytest.raises(TermsChanged):
            publish_terms(SYSTEM, summary="Be second.", body="1. Be second.", at=NOON, after=1)
    answer = browser.post(NEW, {**GIVEN, "do": "publish"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Somebody published another version meanwhile." in page
    assert "2. Be quick." in page
    assert 'value="2"' in page


def test_who_agreed_to_a_version_that_was_replaced_meanwhile_has_agreed_to_nothing(
    workspace: Workspace, partner: Partner
) -> None:
    person = make_partner_person(partner).person
    with scope(workspace_id=workspace.pk):
        publish_terms(SYSTEM, summary="Be fair.", body="1. Be fair.", at=NOON)
        assert current_terms().version == 2
    with scope(workspace_id=workspace.pk, partner_id=partner.pk), pytest.raises(TermsChanged):
        accept_terms(SYSTEM, partner_id=partner.pk, person=person, version=1, at=NOON)
    with scope(workspace_id=workspace.pk):
        assert not TermsAcceptance.objects.exists()


def test_only_admins_see_and_write_the_terms(workspace: Workspace) -> None:
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example").person)
    assert manager.get("/settings/terms/").status_code == 403
    assert manager.post(NEW, {**GIVEN, "do": "publish"}).status_code == 403
    assert published(workspace) == []
