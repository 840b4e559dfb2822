"""Keeps each mail once, whichever way it comes and however often, and asks for the job that takes it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from tallystick.platform.mail_in.reading import message_key
from tallystick.platform.models import InboundMail, MailInState, MailInWay
from tallystick.platform.tenancy import current_workspace_id

TAKE: Final = "mail_in.take"
MOST_BYTES: Final = 36_000_000
"""Of one mail, with everything in it: the largest file that is kept, as mails write it, and words. A webhook refuses a
larger one; of one in a mailbox the beginning is kept, for its headers."""


def keep_mail(
    raw: bytes, *, way: MailInWay, at: datetime, recipient: str = "", results: str = "", is_cut: bool = False
) -> InboundMail | None:
    """Keep a mail and have it taken once this transaction commits; nothing for one that was kept before.

    `results` is what the server that signed it found out about the sender, as `Authentication-Results` writes it. The
    unique index decides between two that bring the same mail at once.
    """
    mail = InboundMail(
        workspace_id=current_workspace_id(),
        message_key=message_key(raw),
        way=way,
        recipient=recipient.strip()[:254],
        results=results,
        raw=raw,
        is_cut=is_cut,
        received_at=at,
    )
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
            have_taken(mail)
    except IntegrityError as error:
        if "one_inbound_mail_a_message_id" not in str(error):
            raise
        return None
    return mail


def remove_old_mail(*, before: datetime) -> int:
    """Remove mails that came before a moment and wait for nobody; returns how many there were."""
    waiting = (MailInState.WAITING, MailInState.HELD)
    return InboundMail.objects.filter(received_at__lt=before).exclude(state__in=waiting).delete()[0]


def have_taken(mail: InboundMail) -> None:
    """Ask for the job that takes a mail."""
    app.configure_task(TAKE).defer(workspace_id=mail.workspace_id, mail_id=mail.pk)
