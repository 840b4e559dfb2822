"""Drafts and files of a registration: kept while typed, saved, taken up elsewhere, gone with the claim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, FormDraft, Protection, RegistrationFile
from tallystick.flows.retention import remove_what_is_old
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.partners.register_links import register_link
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, StoredFile, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.revenue import make_plan

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
CELLVIA = {
    "company": "Cellvia",
    "website": "www.cellvia.com",
    "contact": "ruth@cellvia.com",
    "value": "60k",
    "token": "one",
}
BRIEF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    with scope(workspace_id=workspace.pk):
        make_plan()
    return make_partner(workspace)


@pytest.fixture
def seller(zephyr: Partner) -> PartnerMembership:
    return make_partner_person(zephyr, name="Zoe Lind")


@pytest.fixture
def zoe(seller: PartnerMembership) -> Client:
    return browser_of(seller.person)


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def typed(workspace: Workspace) -> list[tuple[dict[str, str], bool]]:
    with scope(workspace_id=workspace.pk):
        return list(FormDraft.objects.order_by("pk").values_list("typed", "is_saved"))


def test_what_is_typed_follows_its_person_to_another_device_and_holds_nothing(
    zoe: Client, workspace: Workspace, zephyr: Partner, seller: PartnerMembership
) -> None:
    keep = reverse("portal:draft")
    assert zoe.post(keep, {"do": "keep", "company": "Cell", "token": "one"}).status_code == 204
    assert zoe.post(keep, {"do": "keep", "company": "Cellvia", "value": "60k"}).status_code == 204
    assert typed(workspace) == [({"company": "Cellvia", "value": "60k"}, False)]

    elsewhere = words_of(browser_of(seller.person), reverse("portal:register"))
    assert "What you typed last time is back" in elsewhere
    assert "A draft is no claim: nothing is held until you register. It is kept for 30 days" in elsewhere
    assert 'value="Cellvia"' in elsewhere
    colleague = browser_of(make_partner_person(zephyr, email="bo@zephyr.example", name="Bo").person)
    assert "Cellvia" not in words_of(colleague, reverse("portal:register"))
    assert "Cellvia" not in words_of(colleague, reverse("portal:deals"))
    with scope(workspace_id=workspace.pk):
        assert not Protection.objects.exists()
        assert not DealRegistration.objects.exists()

    assert zoe.post(keep, {"do": "discard"}).status_code == 302
    assert typed(workspace) == []


def test_drafts_are_saved_without_a_script_listed_taken_up_and_gone_once_registered(
    zoe: Client, workspace: Workspace
) -> None:
    draft = reverse("portal:draft")
    saved = zoe.post(draft, {"do": "save", **CELLVIA}, follow=True).content.decode()
    assert "The draft is saved. A draft is no claim: nothing is held until you register." in saved
    assert "Only you see them. A draft is no claim: nothing is held until you register." in saved
    zoe.post(draft, {"do": "save", "company": "Northgate"})
    assert [is_saved for _typed, is_saved in typed(workspace)] == [True, True]
    with scope(workspace_id=workspace.pk):
        first, second = FormDraft.objects.order_by("pk").values_list("pk", flat=True)

    assert "back" not in words_of(zoe, reverse("portal:register")).split("<form")[1]
    page = words_of(zoe, reverse("portal:register") + f"?draft={first}")
    assert f'name="draft" value="{first}"' in page
    assert 'value="www.cellvia.com"' in page
    zoe.post(draft, {"do": "keep", "draft": first, "company": "Cellvia", "value": "70k"})
    assert typed(workspace)[0] == ({"company": "Cellvia", "value": "70k"}, True)

    assert zoe.post(reverse("portal:register"), CELLVIA | {"draft": first}).status_code == 302
    assert typed(workspace) == [({"company": "Northgate"}, True)]
    assert zoe.post(draft, {"do": "discard", "draft": second}).status_code == 302
    assert typed(workspace) == []


def test_a_refused_claim_keeps_its_draft(zoe: Client, workspace: Workspace) -> None:
    zoe.post(reverse("portal:draft"), {"do": "keep", "company": "Cellvia"})
    assert zoe.post(reverse("portal:register"), {"company": "Cellvia", "token": "one"}).status_code == 422
    assert typed(workspace) == [({"company": "Cellvia"}, False)]


def test_nobody_touches_the_draft_of_another(zoe: Client, workspace: Workspace, zephyr: Partner) -> None:
    zoe.post(reverse("portal:draft"), {"do": "save", "company": "Cellvia"})
    with scope(workspace_id=workspace.pk):
        draft = FormDraft.objects.get()
    bo = browser_of(make_partner_person(zephyr, PartnerRole.SELLER, email="bo@zephyr.example", name="Bo").person)
    assert "Cellvia" not in words_of(bo, reverse("portal:register") + f"?draft={draft.pk}")
    bo.post(reverse("portal:draft"), {"do": "discard", "draft": draft.pk})
    bo.post(reverse("portal:draft"), {"do": "keep", "draft": draft.pk, "company": "Taken"})
    assert typed(workspace)[0] == ({"company": "Cellvia"}, True)


def test_the_link_in_a_mail_keeps_what_is_typed_as_the_portal_does(
    zoe: Client, workspace: Workspace, seller: PartnerMembership
) -> None:
    token = register_link(seller, at=NOON).rstrip("/").rpartition("/")[2]
    address = reverse("register_link", args=[token])
    stranger = Client()
    assert (
        stranger.post(reverse("register_link_draft", args=[token]), {"do": "save", "company": "Cellvia"})["Location"]
        == address
    )
    assert "What you typed last time is back" in words_of(stranger, address)
    assert "What you typed last time is back" in words_of(zoe, reverse("portal:register"))


def test_drafts_go_after_thirty_days(zoe: Client, workspace: Workspace) -> None:
    zoe.post(reverse("portal:draft"), {"do": "save", "company": "Cellvia"})
    with scope(workspace_id=workspace.pk):
        assert remove_what_is_old(SYSTEM, at=NOON + timedelta(days=30)).drafts == 0
        assert remove_what_is_old(SYSTEM, at=NOON + timedelta(days=30, seconds=1)).drafts == 1
    assert typed(workspace) == []


def test_files_are_sent_with_a_claim_and_opened_on_both_sides(zoe: Client, workspace: Workspace) -> None:
    upload = SimpleUploadedFile("brief.pdf", BRIEF, content_type="application/pdf")
    receipt = zoe.post(reverse("portal:register"), CELLVIA | {"attachments": upload}, follow=True).content.decode()
    assert "brief.pdf" in receipt
    with scope(workspace_id=workspace.pk):
        kept = RegistrationFile.objects.select_related("registration", "file").get()
        verbs = list(ActivityEntry.objects.filter(subject_kind="stored_file").values_list("verb", flat=True))
    assert verbs == ["file_stored"]
    anna = browser_of(make_member(workspace, name="Anna Berg").person)
    reference = kept.registration.reference
    for client, page, file in (
        (zoe, "portal:deal", "portal:file"),
        (anna, "console:registration", "console:file"),
    ):
        assert "brief.pdf" in words_of(client, reverse(page, args=[reference]))
        opened = client.get(reverse(file, args=[kept.file_id]))
        assert b"".join(opened) == BRIEF
    rival = browser_of(make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person)
    assert rival.get(reverse("portal:file", args=[kept.file_id])).status_code == 404


def test_a_file_that_is_not_kept_here_says_why_and_the_rest_stays(zoe: Client, workspace: Workspace) -> None:
    upload = SimpleUploadedFile("run.pdf", b"MZ\x90\x00 a program", content_type="application/pdf")
    answer = zoe.post(reverse("portal:register"), CELLVIA | {"attachments": upload})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "run.pdf" in page
    assert "Nothing was registered yet; choose the files again." in page
    assert 'value="www.cellvia.com"' in page
    with scope(workspace_id=workspace.pk):
        assert not DealRegistration.objects.exists()
        assert not StoredFile.objects.exists()
