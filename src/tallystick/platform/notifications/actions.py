"""Links in mails that do something, once, as the person the mail was sent to: after a button, never on being opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tallystick.platform.models import MailAction
from tallystick.platform.notifications.choices import Reader
from tallystick.platform.notifications.unsubscribing import LinkInvalid
from tallystick.platform.tenancy import current_workspace_id, scope

LIFETIME: Final = timedelta(days=7)
_SALT = "tallystick.mail_action"


class ActionUsed(ValueError):
    """The link has done what it was for."""


class ActionExpired(ValueError):
    """The link is too old."""


@dataclass(frozen=True, slots=True)
class ActionKey:
    """What a link carries: where it acts, and which row says what it may do."""

    workspace_id: int
    partner_id: int | None
    action_id: int


def new_mail_action(
    *, reader: Reader, action: str, subject_kind: str, subject_id: int, at: datetime, lifetime: timedelta = LIFETIME
) -> str:
    """Allow one person one action on one record, once, and return the link."""
    row = MailAction.objects.create(
        workspace_id=current_workspace_id(),
        partner_id=reader.partner_id,
        person_id=reader.person_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        created_at=at,
        expires_at=at + lifetime,
    )
    token = signing.dumps([row.workspace_id, row.partner_id, row.pk], salt=_SALT)
    return str(settings.BASE_URL) + reverse("mail_action", args=[token])


def action_key(token: str) -> ActionKey:
    """Return what a link carries; raises `LinkInvalid` where we did not sign it."""
    try:
        return ActionKey(*signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise LinkInvalid from error


def read_action(key: ActionKey, *, at: datetime) -> MailAction:
    """Return the action in its scope, unchanged. Raises `LinkInvalid`, `ActionUsed` and `ActionExpired`."""
    with scope(workspace_id=key.workspace_id, partner_id=key.partner_id):
        return _usable(MailAction.objects.select_related("person").filter(pk=key.action_id).first(), at=at)


def claim_action(key: ActionKey, *, at: datetime) -> MailAction:
    """Use the action up, in the transaction and scope of what it does: whoever comes second finds it used.

    Raises `LinkInvalid`, `ActionUsed` and `ActionExpired`.
    """
    rows = MailAction.objects.select_for_update(of=("self",)).select_related("person")
    row = _usable(rows.filter(pk=key.action_id).first(), at=at)
    row.used_at = at
    row.save(update_fields=["used_at"])
    return row


def _usable(row: MailAction | None, *, at: datetime) -> MailAction:
    if row is None:
        raise LinkInvalid
    if row.used_at is not None:
        raise ActionUsed
    if row.expires_at <= at:
        raise ActionExpired
    return row
