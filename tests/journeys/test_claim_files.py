"""Files added to a registration after it was made: opened on both sides, taken off by whose they are, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, RegistrationFile
from tallystick.partners.models import Partner
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.integration.deals.claims import claim, submit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
OFFER = b"%PDF-1.7\nAn offer for two sites.\n"


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def zoe(zephyr: Partner) -> Client:
    return browser_of(make_partner_person(zephyr, name="Zoe Lind").person)


@pytest.fixture
def anna(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def claimed(workspace: Workspace, zephyr: Partner) -> DealRegistration:
    with scope(workspace_id=workspace.pk, partner_id=zephyr.pk):
        return submit(zephyr.pk, claim()).registration


def attach(client: Client, place: str, made: DealRegistration, *names: str, content: bytes = OFFER) -> str:
    uploads = [SimpleUploadedFile(name, content) for name in names]
    address = reverse(f"{place}:attach_files", args=[made.reference])
    return unescape(client.post(address, {"claim_files": uploads}, follow=True).content.decode())


def kept(workspace: Workspace) -> list[tuple[str, str]]:
    with scope(workspace_id=workspace.pk):
        rows = RegistrationFile.objects.filter(file__removed_at__isnull=True).order_by("pk")
        return list(rows.values_list("file__name", "side"))


def test_files_added_later_are_opened_on_both_sides_and_taken_off_with_a_reason(
    workspace: Workspace, zoe: Client, anna: Client, claimed: DealRegistration
) -> None:
    assert "The files are with the registration." in attach(zoe, "portal", claimed, "offer.pdf", "brief.pdf")
    assert "The file is with the registration." in attach(anna, "console", claimed, "notes.txt", content=b"Call them.")
    assert kept(workspace) == [("offer.pdf", "partner"), ("brief.pdf", "partner"), ("notes.txt", "vendor")]
    with scope(workspace_id=workspace.pk):
        ids = dict(RegistrationFile.objects.values_list("file__name", "file_id"))
    for client, place, page in ((zoe, "portal", "portal:deal"), (anna, "console", "console:registration")):
        seen = client.get(reverse(page, args=[claimed.reference])).content.decode()
        assert all(name in seen for name in ids)
        assert b"".join(client.get(reverse(f"{place}:file", args=[ids["offer.pdf"]]))) == OFFER

    off = reverse("portal:take_file_off", args=[claimed.reference, ids["offer.pdf"]])
    refused = zoe.post(off, {"reason": " "}, follow=True).content.decode()
    assert "Say why the file is taken off." in refused
    assert len(kept(workspace)) == 3
    assert zoe.post(off, {"reason": "Another customer’s."}).status_code == 302
    assert kept(workspace) == [("brief.pdf", "partner"), ("notes.txt", "vendor")]
    assert anna.get(reverse("console:file", args=[ids["offer.pdf"]])).status_code == 404


def test_what_is_refused_is_said_and_of_several_files_none_is_kept(
    workspace: Workspace, zoe: Client, claimed: DealRegistration
) -> None:
    page = reverse("portal:attach_files", args=[claimed.reference])
    both = [SimpleUploadedFile("offer.pdf", OFFER), SimpleUploadedFile("offer.docx", OFFER)]
    said = unescape(zoe.post(page, {"claim_files": both}, follow=True).content.decode())
    assert "offer.docx holds something else than its name says. It would be kept as pdf." in said
    assert "Attach at most 5 files at once." in attach(zoe, "portal", claimed, *(f"{n}.pdf" for n in range(6)))
    assert "This field is required." in unescape(zoe.post(page, follow=True).content.decode())
    assert kept(workspace) == []


def test_nobody_takes_off_what_the_other_side_sent_and_who_may_not_write_changes_nothing(
    workspace: Workspace, zoe: Client, anna: Client, claimed: DealRegistration
) -> None:
    executive = browser_of(make_member(workspace, WorkspaceRole.EXECUTIVE, email="max@umbra.example").person)
    rival = browser_of(make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person)
    attach(zoe, "portal", claimed, "offer.pdf")
    attach(anna, "console", claimed, "notes.txt", content=b"Call them.")
    with scope(workspace_id=workspace.pk):
        ids = dict(RegistrationFile.objects.values_list("file__name", "file_id"))
        before = ActivityEntry.objects.count()
    why = {"reason": "Gone."}

    def off(place: str, name: str) -> str:
        return reverse(f"{place}:take_file_off", args=[claimed.reference, ids[name]])

    assert anna.post(off("console", "offer.pdf"), why).status_code == 404
    assert zoe.post(off("portal", "notes.txt"), why).status_code == 404
    assert rival.post(off("portal", "offer.pdf"), why).status_code == 404
    assert executive.post(off("console", "notes.txt"), why).status_code == 403
    upload = {"claim_files": SimpleUploadedFile("mine.pdf", OFFER)}
    assert rival.post(reverse("portal:attach_files", args=[claimed.reference]), upload).status_code == 404
    assert executive.post(reverse("console:attach_files", args=[claimed.reference]), upload).status_code == 403
    assert kept(workspace) == [("offer.pdf", "partner"), ("notes.txt", "vendor")]
    with scope(workspace_id=workspace.pk):
        assert ActivityEntry.objects.count() == before
