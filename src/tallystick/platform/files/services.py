"""Commands on stored files: keep one, remove it with a reason, bring it back; and the way to its bytes.

Runs on either side: a partner stores and reads its own files in its own scope, and row-level security hides all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.db import transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.files.content import content_path, read_content, recognise, take_over_content, write_content
from tallystick.platform.files.media_types import (
    DOCUMENTS,
    IMAGES,
    LARGEST_BYTES,
    MOST_AT_ONCE,
    FileRefused,
    MediaType,
    Refusal,
    plain_name,
)
from tallystick.platform.models import FilePurpose, StoredFile
from tallystick.platform.tenancy import current_workspace_id

ALLOWED: dict[FilePurpose, frozenset[MediaType]] = {FilePurpose.LOGO: IMAGES}
"""What a purpose takes where that is less than every document."""


class ReasonMissing(ValueError):
    """Raised where a file would be removed without saying why."""


@transaction.atomic
def store_file(
    actor: Actor, *, upload: File[Any], purpose: FilePurpose, partner_id: int | None, at: datetime
) -> StoredFile:
    """Keep an upload and return its row. `partner_id` is the partner who may read it; None keeps it to the vendor.

    What it is, is told by its content. The bytes are written before the row: a transaction that fails leaves bytes
    nobody can reach, never a row without bytes. Raises `FileRefused`.
    """
    name = plain_name(upload.name or "")
    content = write_content(name=name, chunks=upload.chunks(), allowed=ALLOWED.get(purpose, DOCUMENTS))
    stored = StoredFile.objects.create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        purpose=purpose,
        name=name,
        media_type=content.media_type.name,
        size=content.size,
        sha256=content.sha256,
        uploaded_at=at,
        uploaded_by_id=actor.person_id,
        uploaded_by_label=actor.label,
    )
    _record(actor, stored, verb="file_stored", words="was uploaded", at=at)
    return stored


def tell_apart(
    given: Sequence[File[Any]], *, purpose: FilePurpose
) -> tuple[tuple[File[Any], ...], tuple[FileRefused, ...]]:
    """Tell the files that `store_file` would keep from those it would refuse, each with why; nothing is kept yet.

    For what comes without anybody at a form who could choose again. At most `MOST_AT_ONCE` are kept.
    """
    kept: list[File[Any]] = []
    refused: list[FileRefused] = []
    for upload in given:
        try:
            _check(upload, purpose=purpose, before=len(kept))
        except FileRefused as problem:
            refused.append(problem)
        else:
            kept.append(upload)
    return tuple(kept), tuple(refused)


def _check(upload: File[Any], *, purpose: FilePurpose, before: int) -> None:
    name = plain_name(upload.name or "")
    if before >= MOST_AT_ONCE:
        raise FileRefused(Refusal.TOO_MANY, name=name)
    if upload.size > LARGEST_BYTES:
        raise FileRefused(Refusal.TOO_LARGE, name=name)
    recognise(name, upload.open(), allowed=ALLOWED.get(purpose, DOCUMENTS))


def keep_made_file(
    actor: Actor,
    *,
    made: Path,
    name: str,
    media_type: MediaType,
    purpose: FilePurpose,
    partner_id: int | None,
    at: datetime,
) -> StoredFile:
    """Keep a file that the program made for `actor` and return its row; `made` is taken over.

    Call it in the transaction that says the file is ready. Nothing is recorded here: whoever made it says what it is.
    """
    digest, size = take_over_content(made)
    return StoredFile.objects.create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        purpose=purpose,
        name=plain_name(name),
        media_type=media_type.name,
        size=size,
        sha256=digest,
        uploaded_at=at,
        uploaded_by_id=actor.person_id,
        uploaded_by_label=actor.label,
    )


def forget_file(file_id: int) -> None:
    """Remove a file for good, its bytes too unless another has the same; for what proves nothing. Vendor's side."""
    stored = StoredFile.objects.get(pk=file_id)
    stored.delete()
    if not StoredFile.objects.filter(sha256=stored.sha256).exists():
        path = content_path(stored.sha256)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def find_file(file_id: int) -> StoredFile:
    """Return a file the scope may read; raises `StoredFile.DoesNotExist` for another's, and for one removed."""
    return StoredFile.objects.get(pk=file_id, removed_at__isnull=True)


def open_file(stored: StoredFile) -> BinaryIO:
    """Open the bytes of a file; whoever calls has found it in scope and asked the permission of its purpose."""
    return read_content(stored.sha256)


@transaction.atomic
def remove_file(actor: Actor, *, file_id: int, reason: str, at: datetime) -> StoredFile:
    """Remove a file: nobody opens it any more, and its row says who removed it and why. `restore_file` undoes it.

    Raises `ReasonMissing` and `StoredFile.DoesNotExist`.
    """
    if not reason.strip():
        raise ReasonMissing("Say why the file is removed.")
    stored = StoredFile.objects.select_for_update().get(pk=file_id, removed_at__isnull=True)
    stored.removed_at = at
    stored.removed_by_label = actor.label
    stored.removal_reason = reason.strip()
    stored.save(update_fields=["removed_at", "removed_by_label", "removal_reason"])
    _record(actor, stored, verb="file_removed", words="was removed", at=at, reason=stored.removal_reason)
    return stored


@transaction.atomic
def restore_file(actor: Actor, *, file_id: int, at: datetime) -> StoredFile:
    """Bring a removed file back. Raises `StoredFile.DoesNotExist` where there is none removed."""
    stored = StoredFile.objects.select_for_update().get(pk=file_id, removed_at__isnull=False)
    stored.removed_at = None
    stored.removed_by_label = stored.removal_reason = ""
    stored.save(update_fields=["removed_at", "removed_by_label", "removal_reason"])
    _record(actor, stored, verb="file_restored", words="was restored", at=at)
    return stored


@transaction.atomic
def set_reader(actor: Actor, *, file_id: int, partner_id: int | None, at: datetime) -> StoredFile:
    """Share a file with a partner, or with None keep it to the vendor again. Raises `StoredFile.DoesNotExist`."""
    stored = StoredFile.objects.select_for_update().get(pk=file_id, removed_at__isnull=True)
    before, stored.partner_id = stored.partner_id, partner_id
    stored.save(update_fields=["partner_id"])
    if partner_id is not None:
        _record(actor, stored, verb="file_shared", words="was shared", at=at)
    elif before is not None:
        _record(actor, stored, verb="file_unshared", words="is shared no more", at=at)
    return stored


def _record(actor: Actor, stored: StoredFile, *, verb: str, words: str, at: datetime, reason: str = "") -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="stored_file",
        subject_id=stored.pk,
        partner_id=stored.partner_id,
        summary=f"{stored.name} {words}",
        data={
            "name": stored.name,
            "purpose": stored.purpose,
            "size": stored.size,
            "sha256": stored.sha256,
            **({"reason": reason} if reason else {}),
        },
        at=at,
    )
