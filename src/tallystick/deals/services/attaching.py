"""Keeps files with a registration after it was made, and takes them off again. Each side takes off what it sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.core.files.base import File
from django.db import transaction

from tallystick.deals.models import DealRegistration, MessageSide, RegistrationFile
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.files.services import remove_file, store_file
from tallystick.platform.models import FilePurpose

MOST_FILES: Final = 20
"""Files that a registration has at once; what is taken off makes room."""


class TooManyFiles(ValueError):
    """The registration has as many files as are kept with one; the message says how many."""


def files_with(registration_id: int) -> list[RegistrationFile]:
    """Return the files that are with a registration, in the order in which they came. One query."""
    kept = RegistrationFile.objects.filter(registration_id=registration_id, file__removed_at__isnull=True)
    return list(kept.select_related("file").order_by("pk"))


@transaction.atomic
def attach_file(
    actor: Actor, *, registration_id: int, side: MessageSide, upload: File[Any], at: datetime
) -> RegistrationFile:
    """Keep a file with a registration; both sides open it.

    Raises `DealRegistration.DoesNotExist`, `FileRefused` for what is not kept, and `TooManyFiles`.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    if len(files_with(registration_id)) >= MOST_FILES:
        raise TooManyFiles(f"A registration keeps {MOST_FILES} files. Take one off first, or send a link in a message.")
    row = keep_file(actor, registration, side=side, upload=upload, at=at)
    _record(actor, row, verb="registration_file_added", words="was added to", at=at)
    return row


@transaction.atomic
def take_file_off(
    actor: Actor, *, registration_id: int, side: MessageSide, file_id: int, reason: str, at: datetime
) -> None:
    """Take a file of the actor's own side off a registration; its row and its bytes stay, with the reason.

    Raises `RegistrationFile.DoesNotExist`, also for a file of the other side, and `ReasonMissing`.
    """
    own = RegistrationFile.objects.filter(registration_id=registration_id, side=side, file__removed_at__isnull=True)
    row = own.select_related("file", "registration").get(file_id=file_id)
    remove_file(actor, file_id=file_id, reason=reason, at=at)
    _record(actor, row, verb="registration_file_removed", words="was taken off", at=at)


def keep_file(
    actor: Actor, registration: DealRegistration, *, side: MessageSide, upload: File[Any], at: datetime
) -> RegistrationFile:
    """Store an upload with a registration, in the transaction of whoever calls. Raises `FileRefused`."""
    stored = store_file(
        actor, upload=upload, purpose=FilePurpose.REGISTRATION, partner_id=registration.partner_id, at=at
    )
    return RegistrationFile.objects.create(
        workspace_id=registration.workspace_id,
        registration=registration,
        file=stored,
        partner_id=registration.partner_id,
        side=side,
    )


def _record(actor: Actor, row: RegistrationFile, *, verb: str, words: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="deal_registration",
        subject_id=row.registration_id,
        summary=f"{row.file.name} {words} {row.registration.reference} {row.registration.company}",
        data={"file": row.file_id, "name": row.file.name, "side": row.side},
        partner_id=row.partner_id,
        at=at,
    )
