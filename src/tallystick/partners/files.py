"""Files of a partner: the vendor keeps them, and shares those it wants the partner to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction

from tallystick.partners.models import Partner, PartnerFile
from tallystick.platform.actors import Actor
from tallystick.platform.files.services import remove_file, restore_file, set_reader, store_file
from tallystick.platform.models import FilePurpose, StoredFile


def files_of(partner_id: int) -> list[StoredFile]:
    """Return the files the vendor keeps about a partner, the latest first. One query, vendor's side."""
    kept = PartnerFile.objects.filter(partner_id=partner_id, file__removed_at__isnull=True)
    return [row.file for row in kept.select_related("file").order_by("-file__uploaded_at", "-pk")]


def files_shared_with(partner_id: int) -> list[StoredFile]:
    """Return the files shared with a partner, the latest first; in the partner's own scope. One query."""
    shared = StoredFile.objects.filter(partner_id=partner_id, purpose=FilePurpose.PARTNER_FILE, removed_at__isnull=True)
    return list(shared.order_by("-uploaded_at", "-pk"))


@transaction.atomic
def keep_partner_file(actor: Actor, *, partner_id: int, upload: File[Any], at: datetime) -> StoredFile:
    """Keep a file about a partner; it is the vendor's alone until it is shared.

    Raises `FileRefused` and `Partner.DoesNotExist`.
    """
    partner = Partner.objects.get(pk=partner_id)
    stored = store_file(actor, upload=upload, purpose=FilePurpose.PARTNER_FILE, partner_id=None, at=at)
    PartnerFile.objects.create(workspace_id=partner.workspace_id, partner=partner, file=stored)
    return stored


@transaction.atomic
def share_partner_file(actor: Actor, *, partner_id: int, file_id: int, at: datetime) -> StoredFile:
    """Let the partner read a file kept about it. Raises `PartnerFile.DoesNotExist`."""
    return set_reader(actor, file_id=_file_id(partner_id, file_id), partner_id=partner_id, at=at)


@transaction.atomic
def keep_back_partner_file(actor: Actor, *, partner_id: int, file_id: int, at: datetime) -> StoredFile:
    """Share a file with the partner no more. Raises `PartnerFile.DoesNotExist`."""
    return set_reader(actor, file_id=_file_id(partner_id, file_id), partner_id=None, at=at)


@transaction.atomic
def remove_partner_file(actor: Actor, *, partner_id: int, file_id: int, reason: str, at: datetime) -> StoredFile:
    """Remove a file kept about a partner. Raises `PartnerFile.DoesNotExist` and `ReasonMissing`."""
    return remove_file(actor, file_id=_file_id(partner_id, file_id), reason=reason, at=at)


@transaction.atomic
def restore_partner_file(actor: Actor, *, partner_id: int, file_id: int, at: datetime) -> StoredFile:
    """Bring a removed file back. Raises `PartnerFile.DoesNotExist`, `StoredFile.DoesNotExist`."""
    return restore_file(actor, file_id=_file_id(partner_id, file_id), at=at)


def _file_id(partner_id: int, file_id: int) -> int:
    return PartnerFile.objects.get(partner_id=partner_id, file_id=file_id).file_id
