"""Writing about a deal, on both sides: what is read, what is kept on refusal, what nobody else finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import Message, Thread
from tallystick.platform.models import StoredFile, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner_person
from tests.journeys.portal_world import MARK, PortalWorld, build_portal_world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def world(workspace: Workspace) -> PortalWorld:
    return build_portal_world(workspace, at=NOON)


@pytest.fixture
def seller(world: PortalWorld) -> Client:
    return browser_of(world.seller.person)


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, name="Anna Vogt").person)


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def own_address(world: PortalWorld, company: str = "Cellvia") -> str:
    return reverse("portal:write_on_registration", args=[world.references[company]])


def vendor_address(world: PortalWorld, company: str = "Cellvia") -> str:
    return reverse("console:write_on_registration", args=[world.references[company]])


def messages_in(world: PortalWorld) -> list[str]:
    with scope(workspace_id=world.partner.workspace_id):
        return list(Message.objects.order_by("pk").values_list("body", flat=True))


def test_a_partner_asks_and_the_vendor_answers(world: PortalWorld, seller: Client, manager: Client) -> None:
    deal = reverse("portal:deal", args=[world.references["Cellvia"]])
    upload = SimpleUploadedFile("offer.pdf", b"%PDF-1.7 offer")

    asked = seller.post(
        own_address(world),
        {"key": "q", "text": "Any news?\nhttps://cellvia.example", "asks": "on", "attachments": upload},
    )
    assert asked["Location"] == f"{deal}#conversation-{world.partner.pk}"
    seen = manager.get(reverse("console:registration", args=[world.references["Cellvia"]])).content.decode()
    assert '<a href="https://cellvia.example" rel="nofollow">' in seen
    assert "waits for an answer" in seen
    assert "offer.pdf" in seen

    manager.post(vendor_address(world), {"key": "a", "text": "On <b>Monday</b>.", "reader": "both"})
    read = seller.get(deal).content.decode()
    assert "On &lt;b&gt;Monday&lt;/b&gt;." in read
    assert "owes you an answer" not in read


def test_an_internal_note_is_read_by_the_vendor_only(world: PortalWorld, seller: Client, manager: Client) -> None:
    manager.post(vendor_address(world), {"key": "n", "text": "Slow payer", "reader": "team"})

    assert (
        "Slow payer"
        in manager.get(reverse("console:registration", args=[world.references["Cellvia"]])).content.decode()
    )
    page = seller.get(reverse("portal:deal", args=[world.references["Cellvia"]])).content.decode()
    assert "Slow payer" not in page
    assert MARK not in page


def test_a_script_is_answered_with_the_messages_and_a_fresh_form(world: PortalWorld, seller: Client) -> None:
    answer = seller.post(own_address(world), {"key": "q", "text": "Any news?"}, headers=SCRIPT)

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "Any news?" in shown
    assert 'hx-swap-oob="true"' in shown
    assert 'value="q"' not in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "  "}, "Write something, or attach a file."),
        ({"text": "x" * 5_001}, "at most 5000 characters"),
        ({"text": "see", "attachments": SimpleUploadedFile("run.exe", b"MZ\x90\x00")}, "run.exe is not of a kind"),
    ],
)
def test_a_refused_message_says_why_and_keeps_what_was_typed(
    world: PortalWorld, seller: Client, given: dict[str, object], words: str
) -> None:
    before = messages_in(world)

    by_script = seller.post(own_address(world), {"key": "q", **given}, headers=SCRIPT)
    assert (by_script.status_code, by_script["HX-Retarget"]) == (422, f"#conversation-{world.partner.pk}-errors")
    assert words in by_script.content.decode()
    for upload in given.values():
        if isinstance(upload, SimpleUploadedFile):
            upload.seek(0)
    page = seller.post(own_address(world), {"key": "q", **given})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert str(given["text"]).strip() in page.content.decode()
    assert messages_in(world) == before


def test_a_message_is_new_until_it_is_read(world: PortalWorld, seller: Client) -> None:
    deal = reverse("portal:deal", args=[world.references["Cellvia"]])

    assert ">New<" in seller.get(deal).content.decode()
    assert ">New<" not in seller.get(deal).content.decode()


def test_who_looks_as_a_partner_reads_without_a_mark_and_writes_nothing(
    world: PortalWorld, seller: Client, manager: Client
) -> None:
    manager.post(reverse("view_as_partner", args=[world.partner.pk]))
    deal = reverse("portal:deal", args=[world.references["Cellvia"]])
    page = manager.get(deal).content.decode()

    assert "Hello" in page
    assert "Send message" not in page
    assert manager.post(own_address(world), {"key": "x", "text": "as them"}).status_code == 403
    assert ">New<" in seller.get(deal).content.decode()


def test_a_message_is_taken_back_by_its_author_within_a_quarter_of_an_hour(world: PortalWorld, seller: Client) -> None:
    seller.post(own_address(world), {"key": "q", "text": "Wrong deal"})
    with scope(workspace_id=world.partner.workspace_id):
        sent = Message.objects.get(body="Wrong deal")
    address = reverse("portal:retract_message", args=[sent.pk])

    with time_machine.travel(NOON + timedelta(minutes=16), tick=False):
        answer = seller.post(address, follow=True).content.decode()
        assert "can be taken back for 15 minutes" in answer
        assert "Wrong deal" in answer
    answer = seller.post(address, follow=True).content.decode()
    assert "Taken back on" in answer
    assert "Wrong deal" not in answer


def test_another_partner_and_another_workspace_find_no_conversation(
    world: PortalWorld, workspace: Workspace, other_workspace: Workspace
) -> None:
    rival = browser_of(make_partner_person(world.rival, email="rosa@rival.example").person)
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)
    with scope(workspace_id=workspace.pk):
        thread = Thread.objects.get(partner=world.partner)
        message = Message.objects.filter(thread=thread).order_by("pk")[0]
        files = list(StoredFile.objects.order_by("pk").values_list("pk", flat=True))
        before = Message.objects.count()

    assert rival.post(own_address(world), {"key": "x", "text": "hi"}).status_code == 404
    assert rival.post(reverse("portal:retract_message", args=[message.pk])).status_code == 404
    assert stranger.post(vendor_address(world), {"key": "x", "text": "hi"}).status_code == 404
    assert stranger.post(reverse("console:settle_question", args=[thread.pk])).status_code == 404
    assert stranger.post(reverse("console:retract_message", args=[message.pk])).status_code == 404
    assert {stranger.get(reverse("console:file", args=[pk])).status_code for pk in files} == {404}
    with scope(workspace_id=workspace.pk):
        assert Message.objects.count() == before


def test_a_question_is_settled_without_an_answer(world: PortalWorld, seller: Client, manager: Client) -> None:
    seller.post(own_address(world), {"key": "q", "text": "Hello?", "asks": "on"})
    page = reverse("console:registration", args=[world.references["Cellvia"]])
    address = re.search(r'action="(/deals/threads/\d+/settle/)"', manager.get(page).content.decode())
    assert address is not None

    assert "Nobody waits" in manager.post(address[1], follow=True).content.decode()
    assert "waits for an answer" not in manager.get(page).content.decode()


def test_a_credited_deal_without_a_registration_has_its_conversation(
    world: PortalWorld, seller: Client, manager: Client
) -> None:
    seller.post(reverse("portal:write_on_deal", args=[world.won_deal.pk]), {"key": "q", "text": "Thank you both"})

    page = manager.get(reverse("console:deal", args=[world.won_deal.pk])).content.decode()
    assert "Thank you both" in page
    answer = manager.post(
        reverse("console:write_on_deal", args=[world.won_deal.pk, world.partner.pk]), {"key": "a", "text": "Welcome"}
    )
    assert answer.status_code == 302
    assert "Welcome" in seller.get(reverse("portal:credited_deal", args=[world.won_deal.pk])).content.decode()


def test_only_a_partner_of_the_deal_is_written_to(world: PortalWorld, manager: Client) -> None:
    address = reverse("console:write_on_deal", args=[world.foreign_deal.pk, world.partner.pk])
    assert manager.post(address, {"key": "a", "text": "Wrong partner"}).status_code == 404
