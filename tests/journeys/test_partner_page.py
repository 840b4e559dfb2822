"""A partner's page: its tabs, what can be changed there, and what the partner itself finds of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.attribution.models import Touch
from tallystick.partners.models import Lifecycle, Partner, PartnerMembership, PartnerNote, PartnerRole
from tallystick.platform.models import ActivityEntry, StoredFile, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member, make_partner_person

pytestmark = pytest.mark.django_db

TABS = ("summary", "deals", "money", "people", "standing", "activity", "notes", "files")


@pytest.fixture(autouse=True)
def _it_is_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, WorkspaceRole.ADMIN, name="Anna Vogt").person)


def page(world: ConsoleWorld, tab: str = "", name: str = "partner", *more: object) -> str:
    address = reverse(f"console:{name}", args=[world.partner.pk, *more])
    return f"{address}?tab={tab}" if tab else address


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_and_the_address_names_it(world: ConsoleWorld, manager: Client, tab: str) -> None:
    assert 'aria-current="page"' in shown(manager, page(world, tab))


def test_figures_open_to_the_deals_they_are_the_sum_of(world: ConsoleWorld, manager: Client) -> None:
    summary = shown(manager, page(world))
    assert "€62,000.00" in summary
    assert "?tab=deals&amp;of=sourced" in summary

    rows = shown(manager, f"{page(world, 'deals')}&of=sourced")
    assert "€50,000.00" in rows
    assert "€12,000.00" in rows
    assert "Northgate" not in shown(manager, f"{page(world, 'deals')}&of=won")


def test_money_is_for_those_who_may_see_it(world: ConsoleWorld, workspace: Workspace) -> None:
    seller = browser_of(make_member(workspace, WorkspaceRole.AE, email="tom@umbra.example").person)

    asked = shown(seller, page(world, "money"))
    assert "?tab=money" not in asked
    assert "Health" in asked


def test_details_are_corrected(world: ConsoleWorld, manager: Client, workspace: Workspace) -> None:
    given = {"name": "Corvid GmbH", "type": "reseller", "country": "Germany", "website": "https://www.corvid.example/x"}

    assert manager.post(page(world, name="save_partner_details"), given).status_code == 302
    with scope(workspace_id=workspace.pk):
        partner = Partner.objects.get(pk=world.partner.pk)
    assert (partner.name, partner.country, partner.domain) == ("Corvid GmbH", "DE", "corvid.example")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "", "type": "reseller"}, "Enter the partner&#x27;s name."),
        ({"name": "Corvid", "type": "reseller", "country": "Atlantis"}, "Enter a country, such as DE or Germany."),
    ],
)
def test_refused_details_change_nothing(
    world: ConsoleWorld, manager: Client, workspace: Workspace, given: dict[str, str], words: str
) -> None:
    answer = manager.post(page(world, name="save_partner_details"), given)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get(pk=world.partner.pk).name == world.partner.name


def test_the_lifecycle_moves_with_a_reason(world: ConsoleWorld, manager: Client, workspace: Workspace) -> None:
    address = page(world, name="save_partner_lifecycle")
    assert manager.post(address, {"lifecycle": "dormant", "reason": ""}).status_code == 422
    assert manager.post(address, {"lifecycle": "dormant", "reason": "No capacity this year"}).status_code == 302

    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get(pk=world.partner.pk).lifecycle == Lifecycle.DORMANT
        entry = ActivityEntry.objects.get(verb="partner_lifecycle_changed")
    assert '"reason":"No capacity this year"' in entry.body


def test_a_tier_holds_from_its_day(world: ConsoleWorld, manager: Client, workspace: Workspace) -> None:
    given = {"tier": "strategic", "valid_from": "2026-11-01"}
    assert manager.post(page(world, name="save_partner_tier"), given).status_code == 302

    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get(pk=world.partner.pk).tier == "strategic"
    assert "from 1 Nov 2026" in shown(manager, page(world))


def test_what_a_partner_did_is_logged_as_evidence(world: ConsoleWorld, manager: Client, workspace: Workspace) -> None:
    given = {"account": "northgate", "kind": "demo", "happened_on": "2026-11-18", "proof": "Recording"}
    assert manager.post(page(world, name="log_touch"), given).status_code == 302
    unknown = manager.post(page(world, name="log_touch"), {**given, "account": "Nobody Ltd"})

    assert unknown.status_code == 422
    assert "No account has this name." in unknown.content.decode()
    with scope(workspace_id=workspace.pk):
        assert Touch.objects.filter(kind="demo", happened_on=date(2026, 11, 18)).count() == 1


def test_a_note_is_written_edited_pinned_removed_and_brought_back(
    world: ConsoleWorld, manager: Client, workspace: Workspace
) -> None:
    manager.post(page(world, name="write_note"), {"body": "Wants a <b>pilot</b>"})
    with scope(workspace_id=workspace.pk):
        note = PartnerNote.objects.get()
    manager.post(page(world, "", "edit_note", note.pk), {"body": "Wants two pilots"})
    manager.post(page(world, "", "change_note", note.pk, "pin"))
    assert "Pinned" in shown(manager, page(world, "notes"))

    removed = manager.post(page(world, "", "remove_note", note.pk), follow=True).content.decode()
    assert "Wants two pilots" not in removed
    assert "Undo" in removed
    manager.post(page(world, "", "change_note", note.pk, "restore"))
    assert "Wants two pilots" in shown(manager, page(world, "notes"))
    assert manager.post(page(world, "", "edit_note", note.pk), {"body": " "}).status_code == 422


def test_files_are_the_team_s_until_they_are_shared(world: ConsoleWorld, manager: Client, workspace: Workspace) -> None:
    seller = browser_of(make_partner_person(world.partner, PartnerRole.SELLER, email="lee@corvid.example").person)
    upload = SimpleUploadedFile("price-list.pdf", b"%PDF-1.7 prices")
    manager.post(page(world, name="upload_partner_files"), {"files_to_keep": [upload]})
    with scope(workspace_id=workspace.pk):
        file = StoredFile.objects.get()
    own = reverse("portal:file", args=[file.pk])

    assert seller.get(own).status_code == 404
    assert "price-list.pdf" not in shown(seller, reverse("portal:programme"))
    manager.post(page(world, "", "change_file", file.pk, "share"))
    assert b"".join(seller.get(own)) == b"%PDF-1.7 prices"
    assert "price-list.pdf" in shown(seller, reverse("portal:programme"))
    manager.post(page(world, "", "change_file", file.pk, "keep-back"))
    assert seller.get(own).status_code == 404

    assert manager.post(page(world, "", "remove_file", file.pk), {"reason": ""}).status_code == 422
    assert (
        "Undo"
        in manager.post(page(world, "", "remove_file", file.pk), {"reason": "Old prices"}, follow=True).content.decode()
    )
    manager.post(page(world, "", "change_file", file.pk, "restore"))
    assert "price-list.pdf" in shown(manager, page(world, "files"))


def test_of_several_files_all_are_kept_or_none(world: ConsoleWorld, manager: Client, workspace: Workspace) -> None:
    uploads = [SimpleUploadedFile("a.txt", b"fine"), SimpleUploadedFile("b.pdf", b"MZ\x90\x00")]
    answer = manager.post(page(world, name="upload_partner_files"), {"files_to_keep": uploads})

    assert answer.status_code == 422
    assert "b.pdf is not of a kind" in answer.content.decode()
    with scope(workspace_id=workspace.pk):
        assert not StoredFile.objects.exists()


def test_people_are_invited_again_withdrawn_and_removed(
    world: ConsoleWorld, manager: Client, workspace: Workspace
) -> None:
    manager.post(page(world, name="invite"), {"email": "new@corvid.example", "name": "", "role": "seller"})
    with scope(workspace_id=workspace.pk):
        pending = PartnerMembership.objects.get(person__email="new@corvid.example")
        joined = PartnerMembership.objects.get(person__email="asha@corvid.example")

    assert manager.post(page(world, "", "renew_partner_person", pending.pk)).status_code == 302
    assert manager.post(page(world, "", "take_partner_person", pending.pk)).status_code == 302
    assert manager.post(page(world, "", "take_partner_person", joined.pk), {"reason": ""}).status_code == 422
    assert manager.post(page(world, "", "take_partner_person", joined.pk), {"reason": "Left"}).status_code == 302
    with scope(workspace_id=workspace.pk):
        assert not PartnerMembership.objects.exists()


def test_what_belongs_to_another_partner_or_workspace_is_not_there(
    world: ConsoleWorld, manager: Client, workspace: Workspace, other_workspace: Workspace
) -> None:
    manager.post(page(world, name="write_note"), {"body": "Ours"})
    with scope(workspace_id=workspace.pk):
        note = PartnerNote.objects.get()
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)

    for name in ("save_partner_details", "write_note", "upload_partner_files", "log_touch", "save_partner_tier"):
        assert stranger.post(page(world, name=name), {"body": "x"}).status_code == 404, name
    assert stranger.get(page(world)).status_code == 404
    assert stranger.post(page(world, "", "remove_note", note.pk)).status_code == 404
    assert manager.post(reverse("console:remove_note", args=[world.partner.pk + 1, note.pk])).status_code == 404
    assert "Ours" in shown(manager, page(world, "notes"))


def test_no_partner_reads_notes_and_files_kept_to_the_vendor(world: ConsoleWorld, manager: Client) -> None:
    manager.post(page(world, name="write_note"), {"body": "MARK note"})
    upload = SimpleUploadedFile("MARK.txt", b"MARK")
    manager.post(page(world, name="upload_partner_files"), {"files_to_keep": [upload]})
    seller = browser_of(make_partner_person(world.partner, PartnerRole.ADMIN, email="lee@corvid.example").person)

    for name in ("home", "deals", "programme", "team"):
        assert "MARK" not in shown(seller, reverse(f"portal:{name}")), name


@pytest.mark.parametrize(
    ("tab", "most"),
    [("summary", 40), ("deals", 30), ("money", 30), ("people", 20), ("activity", 20), ("notes", 20), ("files", 20)],
)
def test_a_tab_takes_as_many_queries_however_much_it_shows(
    world: ConsoleWorld, manager: Client, workspace: Workspace, tab: str, most: int
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(manager, page(world, tab))
        return len(captured)

    queries()
    before = queries()
    for number in range(3):
        manager.post(page(world, name="write_note"), {"body": f"Note {number}"})
        upload = SimpleUploadedFile(f"{number}.txt", b"x")
        manager.post(page(world, name="upload_partner_files"), {"files_to_keep": [upload]})
        manager.post(page(world, name="invite"), {"email": f"p{number}@corvid.example", "name": "", "role": "seller"})
    queries()
    assert queries() == before <= most
