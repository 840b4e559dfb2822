"""Files of registrations through the API: sent, listed, opened by both sides, taken off by whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
import time_machine

from tallystick.deals.services.attaching import MOST_FILES
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry, StoredFile, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLAIM = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 6_000_000, "currency": "EUR"}}
OFFER = b"%PDF-1.7\nAn offer for two sites.\n"


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def ours(workspace: Workspace) -> Program:
    return program_of(workspace)


@pytest.fixture
def theirs(zephyr: Partner) -> Program:
    return program_of(zephyr)


@pytest.fixture
def claimed(theirs: Program) -> str:
    return str(theirs.post("/own/registrations", CLAIM).json()["reference"])


def written(workspace: Workspace) -> tuple[list[str], int]:
    """Return which files are there, and how much has happened."""
    with scope(workspace_id=workspace.pk):
        there = StoredFile.objects.filter(removed_at__isnull=True).order_by("pk")
        return list(there.values_list("name", flat=True)), ActivityEntry.objects.count()


def said(response: Any) -> tuple[int, str, str]:
    return response.status_code, response.json()["code"], response.json()["detail"]


def test_a_file_is_added_listed_and_opened_by_both_sides_and_taken_off_by_whose_it_is(
    workspace: Workspace, ours: Program, theirs: Program, claimed: str
) -> None:
    sent = theirs.send(f"/own/registrations/{claimed}/files", "offer.pdf", OFFER)
    assert sent.status_code == 201, sent.content
    assert sent.json() | {"id": 0} == {
        "id": 0,
        "name": "offer.pdf",
        "media_type": "application/pdf",
        "size": 33,
        "sha256": sha256(OFFER).hexdigest(),
        "side": "partner",
        "added_at": "2026-11-20T12:00:00Z",
    }
    ours.send(f"/registrations/{claimed}/files", "brief.txt", b"What they need.")
    for program, address in ((ours, "/registrations"), (theirs, "/own/registrations")):
        told = program.get(f"{address}/{claimed}/files").json()["data"]
        assert [(file["name"], file["side"]) for file in told] == [("offer.pdf", "partner"), ("brief.txt", "vendor")]
        opened = program.get(f"{address}/{claimed}/files/{sent.json()['id']}")
        assert b"".join(opened) == OFFER
        assert opened["Content-Type"] == "application/octet-stream"
        assert opened["Content-Disposition"] == 'attachment; filename="offer.pdf"'

    off = f"/own/registrations/{claimed}/files/{sent.json()['id']}"
    left = theirs.post(f"{off}/remove", {"reason": "Another customer’s."}).json()["data"]
    assert [file["name"] for file in left] == ["brief.txt"]
    assert theirs.get(off).status_code == ours.get(off.removeprefix("/own")).status_code == 404
    with scope(workspace_id=workspace.pk):
        entries = ActivityEntry.objects.filter(verb__startswith="registration_file").order_by("position")
        assert [(entry.verb, entry.summary) for entry in entries] == [
            ("registration_file_added", f"offer.pdf was added to {claimed} Cellvia"),
            ("registration_file_added", f"brief.txt was added to {claimed} Cellvia"),
            ("registration_file_removed", f"offer.pdf was taken off {claimed} Cellvia"),
        ]
        assert StoredFile.objects.get(name="offer.pdf").removal_reason == "Another customer’s."


def test_a_file_sent_twice_is_kept_once_and_another_under_the_same_text_is_refused(
    workspace: Workspace, ours: Program, claimed: str
) -> None:
    address = f"/registrations/{claimed}/files"
    first = ours.send(address, "offer.pdf", OFFER, once="offer")
    before = written(workspace)
    again = ours.send(address, "offer.pdf", OFFER, once="offer")
    other = ours.send(address, "offer.pdf", OFFER + b"More.", once="offer")

    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert written(workspace) == before
    off = f"{address}/{first.json()['id']}/remove"
    assert ours.post(off, {"reason": "Old."}, once="off").status_code == 200
    before = written(workspace)
    assert ours.post(off, {"reason": "Old."}, once="off")["Idempotency-Replayed"] == "true"
    assert ours.post(off, {"reason": "Old."}).status_code == 404
    assert written(workspace) == before == ([], before[1])


@pytest.mark.parametrize(
    ("name", "content", "answer"),
    [
        (
            "offer.pdf",
            b"<html>not an offer</html>",
            (
                422,
                "refused",
                (
                    "offer.pdf is not of a kind that is kept here. These are: csv, docx, eml, gif, ics, jpeg, jpg, md, "
                    "pdf, png, pptx, txt, webp, xlsx, zip."
                ),
            ),
        ),
        (
            "offer.docx",
            OFFER,
            (
                422,
                "refused",
                "offer.docx holds something else than its name says. It would be kept as pdf.",
            ),
        ),
        ("offer.pdf", b"", (422, "refused", "offer.pdf is empty.")),
        (
            "offer.pdf",
            OFFER.ljust(25 * 1024 * 1024 + 1, b" "),
            (413, "too_large", "offer.pdf is larger than 25 MB. Make it smaller, or send a link to it."),
        ),
    ],
)
def test_what_screens_refuse_programs_are_refused_and_nothing_is_kept(
    workspace: Workspace, theirs: Program, claimed: str, name: str, content: bytes, answer: tuple[int, str, str]
) -> None:
    before = written(workspace)
    assert said(theirs.send(f"/own/registrations/{claimed}/files", name, content)) == answer
    assert written(workspace) == before


def test_a_registration_keeps_twenty_files_and_what_is_taken_off_makes_room(
    workspace: Workspace, ours: Program, claimed: str
) -> None:
    assert MOST_FILES == 20
    address = f"/registrations/{claimed}/files"
    ids = [ours.send(address, f"{number}.txt", b"Notes.").json()["id"] for number in range(20)]
    before = written(workspace)
    assert said(ours.send(address, "more.txt", b"Notes.")) == (
        409,
        "state_conflict",
        "A registration keeps 20 files. Take one off first, or send a link in a message.",
    )
    assert written(workspace) == before
    assert ours.post(f"{address}/{ids[0]}/remove", {"reason": "Old."}).status_code == 200
    assert ours.send(address, "more.txt", b"Notes.").status_code == 201


def test_nobody_takes_off_the_other_side_s_files_or_opens_those_of_another_partner_or_registration(
    workspace: Workspace, zephyr: Partner, ours: Program, theirs: Program, claimed: str
) -> None:
    of_theirs = theirs.send(f"/own/registrations/{claimed}/files", "offer.pdf", OFFER).json()["id"]
    of_ours = ours.send(f"/registrations/{claimed}/files", "brief.txt", b"What they need.").json()["id"]
    second = theirs.post("/own/registrations", CLAIM | {"company": "Beryl", "website": "beryl.example"}).json()
    rival = program_of(make_partner(workspace, "Quanta"))
    reads, theirs_read = program_of(workspace, [Permission.SEE_DEALS]), program_of(zephyr, [Permission.SEE_OWN_DEALS])
    before, absent = written(workspace), rival.get("/own/registrations/DR-000000").content
    why = {"reason": "Gone."}

    for response in (
        ours.post(f"/registrations/{claimed}/files/{of_theirs}/remove", why),
        theirs.post(f"/own/registrations/{claimed}/files/{of_ours}/remove", why),
        theirs.get(f"/own/registrations/{second['reference']}/files/{of_theirs}"),
        rival.get(f"/own/registrations/{claimed}/files"),
        rival.get(f"/own/registrations/{claimed}/files/{of_theirs}"),
        rival.send(f"/own/registrations/{claimed}/files", "mine.txt", b"Mine."),
        rival.post(f"/own/registrations/{claimed}/files/{of_theirs}/remove", why),
        rival.get(f"/registrations/{claimed}/files/{of_theirs}"),
    ):
        assert (response.status_code, response.content) == (404, absent)
    for response in (
        reads.send(f"/registrations/{claimed}/files", "mine.txt", b"Mine."),
        reads.post(f"/registrations/{claimed}/files/{of_ours}/remove", why),
        theirs_read.send(f"/own/registrations/{claimed}/files", "mine.txt", b"Mine."),
        theirs_read.post(f"/own/registrations/{claimed}/files/{of_theirs}/remove", why),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "permission_missing")
    blank = theirs.post(f"/own/registrations/{claimed}/files/{of_theirs}/remove", {"reason": " "})
    assert said(blank) == (422, "refused", "Say why the file is removed.")
    assert written(workspace) == before
