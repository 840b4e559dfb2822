"""Workbooks that are too long to be waited for: asked for, made as who asked, told of, opened by nobody else."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from python_calamine import CalamineWorkbook

from tallystick.flows.retention import remove_what_is_old
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, ListFile, Membership, Notice, StoredFile, Workspace, WorkspaceRole
from tallystick.platform.people import change_role
from tallystick.platform.tenancy import scope
from tallystick.web import list_files
from tallystick.web.list_files import write
from tallystick.web.listing import exports, serving
from tallystick.web.listing.exports import TooManyRows
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASK = "/lists/activity/file/?view=all&q=noted"


@pytest.fixture(autouse=True)
def _lists_of_two_rows_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MADE_AT_ONCE", 2)


@pytest.fixture
def anna(workspace: Workspace) -> Membership:
    member = make_member(workspace, name="Anna Berg")
    with scope(workspace_id=workspace.pk):
        for number in range(5):
            record_activity(
                SYSTEM, verb="noted", subject_kind="note", subject_id=None, summary=f"=noted {number}", at=NOON
            )
    return member


@pytest.fixture
def browser(anna: Membership) -> Client:
    return browser_of(anna.person)


def the_file(workspace: Workspace) -> ListFile:
    with scope(workspace_id=workspace.pk):
        return ListFile.objects.select_related("file").get()


def made(browser: Client, workspace: Workspace) -> ListFile:
    browser.post(ASK)
    make(workspace)
    return the_file(workspace)


def make(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        write(workspace_id=workspace.pk, list_file_id=ListFile.objects.get().pk)


def kept_files(workspace: Workspace) -> list[Path]:
    folder = Path(default_storage.path("stored")) / str(workspace.pk)
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_long_workbook_is_offered_and_a_short_one_leaves_at_once(browser: Client, workspace: Workspace) -> None:
    long = browser.get("/activity/?view=all&q=noted&format=xlsx")
    assert long["Location"] == ASK
    page = browser.get(ASK).content.decode()
    assert "5 entries as a workbook" in page
    assert "It is removed after 7 days." in page
    with scope(workspace_id=workspace.pk):
        assert not ListFile.objects.exists()
    short = browser.get("/settings/people/?view=all&format=xlsx")
    assert short["Content-Disposition"] == 'attachment; filename="people.xlsx"'
    assert b"".join(short).startswith(b"PK")


def test_who_asked_sees_how_far_it_is_is_told_and_opens_it(
    browser: Client, anna: Membership, workspace: Workspace
) -> None:
    answer = browser.post(ASK)
    address = answer["Location"]
    assert "Waiting for its turn" in browser.get(address).content.decode()
    with scope(workspace_id=workspace.pk):
        ListFile.objects.update(state="writing", rows_written=3)
    assert "3 of about 5 rows written" in browser.get(address, headers={"HX-Request": "true"}).content.decode()
    make(workspace)
    page = browser.get(address).content.decode()
    assert "Ready: 5 entries" in page
    assert "hx-trigger" not in browser.get(address, headers={"HX-Request": "true"}).content.decode()
    with scope(workspace_id=workspace.pk):
        notice = Notice.objects.get()
        entry = ActivityEntry.objects.get(verb="list_file_made")
    assert (notice.person_id, notice.title, notice.url) == (
        anna.person_id,
        "5 entries: your workbook is ready",
        address,
    )
    assert entry.actor_label == "Anna Berg"
    assert "5 entries: your workbook is ready" in browser.get("/notifications/").content.decode()
    content = b"".join(browser.get(f"{address}open/"))  # a file is sent in parts
    cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in cells] == ["What", *(f"=noted {number}" for number in (4, 3, 2, 1, 0))]
    assert b"<f>" not in content


def test_nobody_else_opens_it_and_who_may_not_see_the_list_any_more_neither(
    browser: Client, anna: Membership, workspace: Workspace, other_workspace: Workspace
) -> None:
    asked = made(browser, workspace)
    stored = asked.file
    assert stored is not None
    colleague = browser_of(make_member(workspace, email="berit@umbra.example").person)
    stranger = browser_of(make_member(other_workspace, email="vera@vesper.example").person)
    seller = browser_of(make_partner_person(make_partner(workspace)).person)
    for other in (colleague, stranger, seller):
        for prefix in ("", "/portal"):
            assert other.get(f"{prefix}/lists/files/{asked.pk}/").status_code == 404
            assert other.get(f"{prefix}/lists/files/{asked.pk}/open/").status_code == 404
    for somebody in (browser, colleague):
        assert somebody.get(f"/files/{stored.pk}/").status_code == 404
    make_member(workspace, email="otto@umbra.example")
    with scope(workspace_id=workspace.pk):
        change_role(SYSTEM, membership_id=anna.pk, role=WorkspaceRole.AE)
    assert browser.get(f"/lists/files/{asked.pk}/open/").status_code == 403


def test_a_second_press_leads_to_the_file_that_is_being_made(browser: Client, workspace: Workspace) -> None:
    first = browser.post(ASK)["Location"]
    again = browser.post("/lists/activity/file/?view=all", follow=True)
    assert again.redirect_chain[-1][0] == first
    assert "being made for you already" in again.content.decode()
    with scope(workspace_id=workspace.pk):
        assert ListFile.objects.count() == 1


def test_a_file_whose_job_was_cancelled_does_not_stand_in_the_way_for_ever(
    browser: Client, workspace: Workspace
) -> None:
    with time_machine.travel(NOON, tick=False):
        first = browser.post(ASK)["Location"]
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        assert browser.post(ASK)["Location"] != first
    with scope(workspace_id=workspace.pk):
        assert list(ListFile.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "waiting"]


def test_who_lost_the_list_meanwhile_gets_no_file_and_is_told(
    browser: Client, anna: Membership, workspace: Workspace
) -> None:
    browser.post(ASK)
    make_member(workspace, email="otto@umbra.example")
    with scope(workspace_id=workspace.pk):
        change_role(SYSTEM, membership_id=anna.pk, role=WorkspaceRole.AE)
    make(workspace)
    asked = the_file(workspace)
    assert (asked.state, asked.problem) == ("failed", "Your role does not see this list any more.")
    assert not kept_files(workspace)
    with scope(workspace_id=workspace.pk):
        assert Notice.objects.get().title == "The workbook you asked for could not be made"


def test_an_error_is_told_and_the_job_fails_with_it(
    browser: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = browser.post(ASK)["Location"]

    def broken(*_arguments: object) -> int:
        raise TimeoutError

    monkeypatch.setattr(list_files, "write_workbook", broken)
    with pytest.raises(TimeoutError):
        make(workspace)
    page = browser.get(address).content.decode()
    assert "An error stopped it. Ask for it again" in page
    assert "Ask again" in page
    assert not kept_files(workspace)
    with scope(workspace_id=workspace.pk):
        assert ActivityEntry.objects.filter(verb="list_file_failed").count() == 1


def test_more_rows_than_a_sheet_holds_are_told_with_the_way_out(
    browser: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.post(ASK)
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)
    make(workspace)
    asked = the_file(workspace)
    assert (asked.state, asked.problem) == ("failed", str(TooManyRows()))


def test_it_is_removed_after_a_week_with_its_bytes(browser: Client, workspace: Workspace) -> None:
    with time_machine.travel(NOON, tick=False):
        made(browser, workspace)
    assert len(kept_files(workspace)) == 1
    with scope(workspace_id=workspace.pk):
        assert remove_what_is_old(SYSTEM, at=NOON + timedelta(days=6)).list_files == 0
        assert ListFile.objects.count() == 1
        assert remove_what_is_old(SYSTEM, at=NOON + timedelta(days=8)).list_files == 1
        assert not ListFile.objects.exists()
        assert not StoredFile.objects.exists()


def test_a_partner_s_person_gets_the_own_rows_only(workspace: Workspace) -> None:
    partner, rival = make_partner(workspace), make_partner(workspace, "Rival Systems")
    zoe = browser_of(make_partner_person(partner, name="Zoe Lind").person)
    for number in range(3):
        make_partner_person(partner, email=f"own{number}@zephyr.example", name=f"Own {number}")
        make_partner_person(rival, email=f"foreign{number}@rival.example", name=f"Foreign {number}")
    asked = zoe.get("/portal/team/?view=all&format=xlsx")["Location"]
    address = zoe.post(asked)["Location"]
    make(workspace)
    content = b"".join(zoe.get(f"{address}open/"))  # a file is sent in parts
    cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sorted(str(row[0]) for row in cells[1:]) == ["Own 0", "Own 1", "Own 2", "Zoe Lind"]
    assert address.startswith("/portal/lists/files/")
    assert "Ready: 4 people" in zoe.get(address).content.decode()
