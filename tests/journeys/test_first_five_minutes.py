"""A partner rep's first five minutes: invitation, terms, first steps, and registering without signing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.deals.models import DealRegistration
from tallystick.partners.invitations import invite_partner_person, remove_partner_person
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole, TermsAcceptance
from tallystick.partners.places import partner_viewer
from tallystick.partners.register_links import register_link
from tallystick.partners.terms import current_terms, publish_terms
from tallystick.platform.actors import SYSTEM, Actor, ActorKind
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.portal.getting_started import getting_started
from tallystick.web.ui.components import Progress
from tests.factories.people import browser_of, make_partner, make_partner_person
from tests.factories.revenue import make_plan

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
BERIT = Actor(kind=ActorKind.PERSON, label="Berit Holm")
CELLVIA = {
    "company": "Cellvia",
    "website": "www.cellvia.com",
    "contact": "ruth@cellvia.com",
    "value": "60k",
    "token": "t",
}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    with scope(workspace_id=workspace.pk):
        make_plan()
    return make_partner(workspace)


@pytest.fixture
def invited(
    workspace: Workspace, zephyr: Partner, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> PartnerMembership:
    with django_capture_on_commit_callbacks(execute=True), scope(workspace_id=workspace.pk):
        return invite_partner_person(
            BERIT, partner=zephyr, email="zoe@zephyr.example", name="Zoe Adler", role=PartnerRole.SELLER, at=NOON
        )


def path_in_mail(prefix: str) -> str:
    found = re.search(rf"^http://127\.0\.0\.1:8000({prefix}\S+)$", str(mail.outbox[0].body), re.MULTILINE)
    assert found is not None
    return found[1]


def test_from_the_mail_to_the_first_registration_in_four_clicks(
    workspace: Workspace, invited: PartnerMembership
) -> None:
    browser = Client()
    assert "Berit Holm invites you to" in str(mail.outbox[0].body)
    browser.post(path_in_mail("/invitation/"))
    assert browser.get("/portal/register/")["Location"] == "/portal/terms/?next=%2Fportal%2Fregister%2F"
    page = browser.get("/portal/terms/?next=%2Fportal%2Fregister%2F").content.decode()
    assert page.count('<li><svg class="icon"') == 5

    answer = browser.post("/portal/terms/", {"version": "1", "next": "/portal/register/"})
    assert answer["Location"] == "/portal/register/"
    receipt = browser.post("/portal/register/", CELLVIA, follow=True).content.decode()

    assert "Deal registered" in receipt
    assert "mailto:?subject=Cellvia%20is%20registered" in receipt
    with scope(workspace_id=workspace.pk):
        kept = TermsAcceptance.objects.get()
        assert (kept.version, kept.accepted_at, kept.text_hash) == (1, NOON, current_terms().hash)
        entry = ActivityEntry.objects.get(verb="terms_accepted")
        assert entry.summary == "Zoe Adler accepted version 1 of the partner terms"


def test_until_the_terms_are_accepted_nothing_else_opens_and_nothing_is_written(
    workspace: Workspace, invited: PartnerMembership
) -> None:
    browser = Client()
    browser.post(path_in_mail("/invitation/"))

    assert browser.post("/portal/register/", CELLVIA)["Location"] == "/portal/terms/"
    assert browser.post("/portal/terms/", {"version": "7"}).status_code == 409

    with scope(workspace_id=workspace.pk):
        assert not DealRegistration.objects.exists()
        assert not TermsAcceptance.objects.exists()


def test_new_terms_are_asked_for_at_the_next_page(workspace: Workspace, invited: PartnerMembership) -> None:
    browser = Client()
    browser.post(path_in_mail("/invitation/"))
    browser.post("/portal/terms/", {"version": "1"})
    assert browser.get("/portal/").status_code == 200
    with scope(workspace_id=workspace.pk):
        publish_terms(SYSTEM, summary="Be fair.", body="1. Be fair.", at=NOON)

    assert browser.get("/portal/")["Location"].startswith("/portal/terms/")
    assert "Be fair." in browser.get("/portal/terms/").content.decode()
    browser.post("/portal/terms/", {"version": "2"})
    assert browser.get("/portal/").status_code == 200


def test_people_added_by_an_operator_are_not_held_up(zephyr: Partner) -> None:
    assert browser_of(make_partner_person(zephyr).person).get("/portal/").status_code == 200


def test_the_link_in_the_mail_registers_without_signing_in_and_ends_in_the_same_receipt(
    workspace: Workspace, invited: PartnerMembership
) -> None:
    browser, address = Client(), path_in_mail("/register/")
    page = browser.get(address).content.decode()
    assert 'You register as <b class="strong">Zoe Adler</b> of Zephyr Informatics, with Umbra Labs.' in page
    assert "By registering you accept the terms, in five lines" in page
    with scope(workspace_id=workspace.pk):
        assert PartnerMembership.objects.get().accepted_at is None

    answer = browser.post(address, {**CELLVIA, "terms": "1"})
    receipt = browser.get(answer["Location"]).content.decode()

    assert "Deal registered" in receipt
    assert "Entry " in receipt
    with scope(workspace_id=workspace.pk):
        made = DealRegistration.objects.get()
        assert (made.company, made.submitted_by_id) == ("Cellvia", invited.person_id)
        membership = PartnerMembership.objects.get()
        assert (membership.accepted_at, membership.terms_version) == (NOON, 1)
    assert browser.get("/portal/")["Location"].startswith("/sign-in/")
    calendar = browser.get(f"{answer['Location']}calendar/").content.decode()
    assert "BEGIN:VEVENT\r\n" in calendar
    assert f"SUMMARY:Answer due: Cellvia\\, {made.reference}\r\n" in calendar


def test_the_link_is_for_registering_only_and_shows_no_colleague_s_receipt(
    workspace: Workspace, zephyr: Partner
) -> None:
    zoe = make_partner_person(zephyr, PartnerRole.SELLER)
    kim = make_partner_person(zephyr, PartnerRole.SELLER, email="kim@zephyr.example")
    browser_of(kim.person).post("/portal/register/", CELLVIA)
    with scope(workspace_id=workspace.pk):
        reference = DealRegistration.objects.get().reference
    address = register_link(zoe, at=NOON).removeprefix("http://127.0.0.1:8000")

    assert Client().get(f"{address}{reference}/").status_code == 404
    assert Client().get(f"{address}{reference}/calendar/").status_code == 404


def test_the_link_ends_with_the_membership_the_role_and_after_sixty_days(workspace: Workspace, zephyr: Partner) -> None:
    zoe = make_partner_person(zephyr, PartnerRole.SELLER)
    address = register_link(zoe, at=NOON).removeprefix("http://127.0.0.1:8000")
    assert Client().get(address).status_code == 200
    with time_machine.travel(NOON + timedelta(days=60), tick=False):
        assert Client().get(address).status_code == 410
    with scope(workspace_id=workspace.pk):
        PartnerMembership.objects.update(role=PartnerRole.FINANCE)
        assert Client().post(address, CELLVIA).status_code == 410
        PartnerMembership.objects.update(role=PartnerRole.SELLER)
        remove_partner_person(SYSTEM, membership_id=zoe.pk)
    assert Client().post(address, CELLVIA).status_code == 410
    assert Client().get("/register/forged/").status_code == 410
    with scope(workspace_id=workspace.pk):
        assert not DealRegistration.objects.exists()


def test_only_one_s_own_companies_are_offered_again(workspace: Workspace, zephyr: Partner) -> None:
    sam = make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example")
    browser_of(sam.person).post("/portal/register/", {**CELLVIA, "company": "Canary Ltd", "website": "canary.example"})
    browser = browser_of(make_partner_person(zephyr).person)
    browser.post("/portal/register/", CELLVIA)

    page = browser.get("/portal/register/").content.decode()

    assert '<option value="Cellvia" data-website="www.cellvia.com">' in page
    assert "Canary" not in page


def test_the_first_steps_are_ticked_by_what_is_there(workspace: Workspace, invited: PartnerMembership) -> None:
    browser = Client()
    browser.post(path_in_mail("/invitation/"))

    def ticks() -> list[bool]:
        with scope(workspace_id=workspace.pk, partner_id=invited.partner_id):
            viewer = partner_viewer(invited.pk, partner_id=invited.partner_id, person_id=invited.person_id)
            assert viewer is not None
            return [item.progress is Progress.DONE for item in getting_started(viewer).items]

    assert ticks() == [False, True, False, False, False]
    browser.post("/portal/terms/", {"version": "1"})
    browser.post("/portal/register/", CELLVIA)
    assert ticks() == [True, True, True, False, False]
