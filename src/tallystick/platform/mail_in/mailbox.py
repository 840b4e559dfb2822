"""Where a workspace takes mail: switched on with an address, changed, and switched off; every change is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import MailInSettings
from tallystick.platform.notifications.sealing import SealBroken, seal, unseal
from tallystick.platform.tenancy import current_workspace_id
from tallystick.platform.webhooks.signing import secret_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxWish:
    """How mail is to be taken. Without `imap_host` no mailbox is fetched; an empty password keeps the one there is."""

    address: str
    trusted_server: str = ""
    imap_host: str = ""
    imap_port: int = 993
    imap_user: str = ""
    imap_password: str = ""
    imap_folder: str = "INBOX"


def mail_in_settings() -> MailInSettings | None:
    """Return how the workspace in scope takes mail, or nothing where it takes none. One query."""
    return MailInSettings.objects.first()


def address_for_mail() -> str:
    """Return the address the workspace in scope takes mail at, or nothing. One query."""
    return MailInSettings.objects.values_list("address", flat=True).first() or ""


@transaction.atomic
def save_mail_in(actor: Actor, *, wish: MailboxWish, at: datetime, entropy: bytes) -> MailInSettings:
    """Take mail from now on, or take it otherwise. `entropy` makes the webhook's secret the first time.

    Another mailbox is read from its beginning; what was taken before is known by its Message-ID.
    """
    kept = MailInSettings.objects.select_for_update().first()
    row = kept or MailInSettings(workspace_id=current_workspace_id(), sealed_secret=seal(secret_of(entropy)))
    before = (row.imap_host, row.imap_port, row.imap_user, row.imap_folder)
    row.address, row.trusted_server = wish.address.lower(), wish.trusted_server
    row.imap_host, row.imap_port = wish.imap_host, wish.imap_port
    row.imap_user, row.imap_folder = wish.imap_user, wish.imap_folder
    if wish.imap_password:
        row.sealed_imap_password = seal(wish.imap_password)
    if before != (row.imap_host, row.imap_port, row.imap_user, row.imap_folder):
        row.uid_validity, row.last_uid, row.fetch_problem = None, 0, ""
    row.save()
    record_activity(
        actor,
        verb="mail_in_changed",
        subject_kind="workspace",
        subject_id=row.workspace_id,
        summary=f"Mail to {row.address} is taken",
        data={
            "address": row.address,
            "trusted_server": row.trusted_server,
            "imap": f"{row.imap_user}@{row.imap_host}:{row.imap_port}/{row.imap_folder}" if row.imap_host else None,
        },
        at=at,
    )
    return row


@transaction.atomic
def rotate_mail_in_secret(actor: Actor, *, at: datetime, entropy: bytes) -> str:
    """Give the webhook another secret, at once, and return it. Raises `MailInSettings.DoesNotExist`."""
    row = MailInSettings.objects.select_for_update().get()
    secret = secret_of(entropy)
    row.sealed_secret = seal(secret)
    row.save(update_fields=["sealed_secret"])
    _record_end(actor, verb="mail_in_secret_rotated", summary="The webhook for mail has another secret", at=at)
    return secret


@transaction.atomic
def stop_mail_in(actor: Actor, *, at: datetime) -> None:
    """Take no mail any more; what was taken stays. Nothing happens where none was taken."""
    if MailInSettings.objects.all().delete()[0]:
        _record_end(actor, verb="mail_in_stopped", summary="No mail is taken any more", at=at)


def secret_of_webhook(row: MailInSettings) -> str:
    """Return the secret of the webhook, or nothing where the installation's key has changed: rotate it then."""
    try:
        return unseal(row.sealed_secret)
    except SealBroken:
        return ""


def _record_end(actor: Actor, *, verb: str, summary: str, at: datetime) -> None:
    workspace_id = current_workspace_id()
    record_activity(actor, verb=verb, subject_kind="workspace", subject_id=workspace_id, summary=summary, at=at)
