"""Stored files: kept whole, read by whom they belong to, removed with a reason and brought back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tallystick.platform.actors import SYSTEM
from tallystick.platform.files import content
from tallystick.platform.files.media_types import FileRefused, Refusal
from tallystick.platform.files.services import (
    ReasonMissing,
    find_file,
    open_file,
    remove_file,
    restore_file,
    set_reader,
    store_file,
    tell_apart,
)
from tallystick.platform.models import ActivityEntry, FilePurpose, StoredFile, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories.people import make_partner

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PDF = b"%PDF-1.7\nan offer"


def keep(
    name: str = "offer.pdf", body: bytes = PDF, *, partner_id: int | None = None, purpose: FilePurpose | None = None
) -> StoredFile:
    return store_file(
        SYSTEM,
        upload=SimpleUploadedFile(name, body, content_type="text/html"),
        purpose=purpose or FilePurpose.PARTNER_FILE,
        partner_id=partner_id,
        at=AT,
    )


def kept_on_disk() -> list[Path]:
    return [path for path in content._folder().rglob("*") if path.is_file()]


def test_a_file_is_kept_with_what_its_content_says_it_is(vendor: Scope) -> None:
    stored = keep("C:\\desk\\offer.pdf")

    assert (stored.name, stored.media_type, stored.size) == ("offer.pdf", "application/pdf", 17)
    with open_file(find_file(stored.pk)) as kept:
        assert kept.read() == PDF
    assert content.content_path(stored.sha256).stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once(vendor: Scope) -> None:
    before = len(kept_on_disk())
    body = b"%PDF-1.7\nkept once"
    first, second = keep("a.pdf", body), keep("b.pdf", body)

    assert first.sha256 == second.sha256
    assert len(kept_on_disk()) == before + 1


@pytest.mark.parametrize(
    ("name", "body", "refusal"),
    [
        ("a.pdf", b"MZ\x90\x00\x03", Refusal.UNKNOWN_CONTENT),
        ("a.png", PDF, Refusal.NAME_PROMISES_OTHER),
        ("a.txt", b"", Refusal.EMPTY),
        ("a.txt", b"a" * (25 * 1024 * 1024 + 1), Refusal.TOO_LARGE),
    ],
)
def test_a_refused_file_leaves_nothing_behind(vendor: Scope, name: str, body: bytes, refusal: Refusal) -> None:
    before = kept_on_disk()

    with pytest.raises(FileRefused) as refused:
        keep(name, body)

    assert refused.value.refusal is refusal
    assert kept_on_disk() == before
    assert not StoredFile.objects.exists()


def test_a_logo_is_an_image(vendor: Scope) -> None:
    with pytest.raises(FileRefused) as refused:
        keep(purpose=FilePurpose.LOGO)

    assert refused.value.refusal is Refusal.NOT_ALLOWED_HERE
    assert refused.value.allowed == ("gif", "jpeg", "jpg", "png", "webp")


def test_a_removed_file_is_not_found_until_it_is_brought_back(vendor: Scope) -> None:
    stored = keep()

    remove_file(SYSTEM, file_id=stored.pk, reason="Sent by mistake", at=AT)
    with pytest.raises(StoredFile.DoesNotExist):
        find_file(stored.pk)
    restore_file(SYSTEM, file_id=stored.pk, at=AT)

    assert find_file(stored.pk).removal_reason == ""
    verbs = list(ActivityEntry.objects.order_by("position").values_list("verb", flat=True))
    assert verbs == ["file_stored", "file_removed", "file_restored"]


def test_nothing_is_removed_without_a_reason(vendor: Scope) -> None:
    stored = keep()
    with pytest.raises(ReasonMissing):
        remove_file(SYSTEM, file_id=stored.pk, reason="  ", at=AT)
    assert find_file(stored.pk).removed_at is None


def test_a_partner_reads_what_it_was_given_and_nothing_else(workspace: Workspace) -> None:
    partner, rival = make_partner(workspace), make_partner(workspace, "Rival")
    with scope(workspace_id=workspace.pk):
        own, foreign, internal = keep(partner_id=partner.pk), keep(partner_id=rival.pk), keep()

    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert find_file(own.pk).name == "offer.pdf"
        for hidden in (foreign, internal):
            with pytest.raises(StoredFile.DoesNotExist):
                find_file(hidden.pk)
            with pytest.raises(StoredFile.DoesNotExist):
                remove_file(SYSTEM, file_id=hidden.pk, reason="mine now", at=AT)


def test_a_file_is_shared_and_kept_back_again(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        stored = keep()
        set_reader(SYSTEM, file_id=stored.pk, partner_id=partner.pk, at=AT)
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert find_file(stored.pk).pk == stored.pk
    with scope(workspace_id=workspace.pk):
        set_reader(SYSTEM, file_id=stored.pk, partner_id=None, at=AT)
    with scope(workspace_id=workspace.pk, partner_id=partner.pk), pytest.raises(StoredFile.DoesNotExist):
        find_file(stored.pk)


def test_two_workspaces_never_share_bytes(workspace: Workspace, other_workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        ours = keep()
    with scope(workspace_id=other_workspace.pk):
        assert not content.content_path(ours.sha256).exists()


def test_files_that_would_be_kept_are_told_from_others_without_keeping_any(vendor: Scope) -> None:
    before = kept_on_disk()
    given = [
        SimpleUploadedFile("offer.pdf", PDF),
        SimpleUploadedFile("larger.txt", b"x" * 26_214_401),
        SimpleUploadedFile("../program.exe", b"MZ\x00"),
        *[SimpleUploadedFile(f"{number}.txt", b"words") for number in range(5)],
    ]
    kept, refused = tell_apart(given, purpose=FilePurpose.REGISTRATION)

    assert [upload.name for upload in kept] == ["offer.pdf", "0.txt", "1.txt", "2.txt", "3.txt"]
    assert [(problem.name, problem.refusal) for problem in refused] == [
        ("larger.txt", Refusal.TOO_LARGE),
        ("program.exe", Refusal.UNKNOWN_CONTENT),
        ("4.txt", Refusal.TOO_MANY),
    ]
    assert (kept_on_disk(), StoredFile.objects.exists()) == (before, False)
