"""Privacy: what is kept about a person is shown in numbers, handed out, and removed as far as proof allows."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from tallystick.crm.models import Contact, Import, ImportRefusal
from tallystick.flows.retention import remove_what_is_old
from tallystick.partners.models import PartnerMembership
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Membership, Person, PrivacyRequest, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def cara(workspace: Workspace) -> Contact:
    with scope(workspace_id=workspace.pk):
        contact: Contact = make_row(
            Contact, workspace=workspace, name="Cara Quinn", email="cara@cellvia.example", title="CFO"
        )
    return contact


def ask_about(browser: Client, email: str, **more: str) -> HttpResponseBase:
    return browser.post(reverse("console:privacy_person"), {"email": email, **more})


def test_a_contact_is_handed_out_and_removed_with_the_numbers_first(
    browser: Client, workspace: Workspace, cara: Contact
) -> None:
    page = ask_about(browser, "Cara@cellvia.example").getvalue().decode()
    assert "Contacts from the CRM" in page
    assert "importing them again brings them back" in page

    packed = b"".join(ask_about(browser, cara.email, do="export"))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert json.loads(archive.read("contacts.json"))[0]["title"] == "CFO"

    assert ask_about(browser, cara.email, do="erase", reason="").status_code == 422
    with scope(workspace_id=workspace.pk):
        assert Contact.objects.get().name == "Cara Quinn"
    assert ask_about(browser, cara.email, do="erase", reason="Asked on 18 Nov").status_code == 302
    with scope(workspace_id=workspace.pk):
        gone = Contact.objects.get()
        assert (gone.name, gone.email, gone.title) == ("Former contact", "", "")
        entry = ActivityEntry.objects.get(verb="person_erased")
    assert "cara" not in entry.body.lower()


def test_a_partner_s_person_is_removed_and_the_chain_keeps_no_readable_account(
    browser: Client, workspace: Workspace
) -> None:
    membership = make_partner_person(make_partner(workspace), name="Zoe Lane")
    person = membership.person
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    ask_about(browser, person.email, do="erase", reason="Asked")

    person.refresh_from_db()
    assert (person.name, person.is_active) == (f"Former person {person.pk}", False)
    assert "zoe" not in person.email
    assert not EmailAddress.objects.filter(user=person).exists()
    with scope(workspace_id=workspace.pk):
        assert not PartnerMembership.objects.exists()


def test_the_only_admin_is_not_removed(browser: Client, workspace: Workspace) -> None:
    answer = ask_about(browser, "anna@umbra.example", do="erase", reason="Left")
    assert answer.status_code == 422
    assert Person.objects.get(email="anna@umbra.example").is_active


def test_somebody_who_works_elsewhere_keeps_their_account(
    browser: Client, workspace: Workspace, other_workspace: Workspace
) -> None:
    here = make_member(workspace, WorkspaceRole.FINANCE, email="finn@umbra.example", name="Finn Dale")
    make_member(other_workspace, email="finn@umbra.example")
    ask_about(browser, "finn@umbra.example", do="erase", reason="Left")

    assert Person.objects.get(pk=here.person_id).name == "Finn Dale"
    with scope(workspace_id=workspace.pk):
        assert not Membership.objects.filter(person_id=here.person_id).exists()
    with scope(workspace_id=other_workspace.pk):
        assert Membership.objects.filter(person_id=here.person_id).exists()


def test_somebody_of_another_workspace_only_is_nobody_here(browser: Client, other_workspace: Workspace) -> None:
    make_member(other_workspace, email="eve@vesper.example", name="Eve Stone")
    page = ask_about(browser, "eve@vesper.example").getvalue().decode()
    assert "Nothing is kept" in page
    assert "Eve Stone" not in page
    assert ask_about(browser, "eve@vesper.example", do="erase", reason="x").status_code == 422
    assert Person.objects.get(email="eve@vesper.example").is_active


def test_what_is_older_than_the_period_goes_in_the_night(browser: Client, workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        batch = make_row(Import, workspace=workspace, started_at=TODAY - timedelta(days=10))
        make_row(ImportRefusal, workspace=workspace, batch=batch)
        assert remove_what_is_old(SYSTEM, at=TODAY).total == 0

    periods = {
        "refused_rows": "7",
        "import_undo": "30",
        "lapsed_invitations": "90",
        "list_files": "7",
        "webhook_deliveries": "30",
        "inbound_mail": "90",
        "drafts": "30",
    }
    assert browser.post(reverse("console:privacy"), {**periods, "refused_rows": "0"}).status_code == 422
    assert browser.post(reverse("console:privacy"), periods).status_code == 302
    with scope(workspace_id=workspace.pk):
        assert remove_what_is_old(SYSTEM, at=TODAY).refused_rows == 1
        assert not ImportRefusal.objects.exists()
        assert remove_what_is_old(SYSTEM, at=TODAY).total == 0


def test_a_request_is_noted_as_answered(browser: Client, workspace: Workspace) -> None:
    membership = make_partner_person(make_partner(workspace), name="Zoe Lane")
    with scope(workspace_id=workspace.pk):
        asked = make_row(
            PrivacyRequest,
            workspace=workspace,
            partner_id=membership.partner_id,
            person=membership.person,
            wish="export",
            answered_at=None,
        )
    assert "zoe@zephyr.example" in browser.get(reverse("console:privacy")).content.decode()
    browser.post(reverse("console:answer_privacy_request", args=[asked.pk]))
    with scope(workspace_id=workspace.pk):
        assert PrivacyRequest.objects.get().answered_by_label == "Anna Berg"


def test_a_partner_s_person_asks_about_their_own_data(browser: Client, workspace: Workspace) -> None:
    zoe = browser_of(make_partner_person(make_partner(workspace), name="Zoe Lane").person)
    page = zoe.get(reverse("portal:own_data")).content.decode()
    assert "zoe@zephyr.example" in page
    assert zoe.post(reverse("portal:own_data"), {"wish": "everything"}).status_code == 422
    assert zoe.post(reverse("portal:own_data"), {"wish": "erase", "note": "I have left."}).status_code == 302

    with scope(workspace_id=workspace.pk):
        asked = PrivacyRequest.objects.get()
        assert (asked.wish, asked.note, asked.answered_at) == ("erase", "I have left.", None)
    assert "I have left." in browser.get(reverse("console:privacy")).content.decode()
