"""Reads the activity stream from where it was left, and writes down who is told what; each entry once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tallystick.platform.crash_points import crash_point
from tallystick.platform.models import (
    ActivityEntry,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Notice,
    NoticeCursor,
    NoticeUrgency,
)
from tallystick.platform.notifications import jobs
from tallystick.platform.notifications.rules import mail_due_at
from tallystick.platform.tenancy import current_workspace_id

BATCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """What one person is to be told of one entry, and how; `title` and `text` are in that person's language."""

    person_id: int
    partner_id: int | None
    position: int
    topic: str
    verb: str
    kind: str
    label: str
    title: str
    text: str
    url: str
    urgency: NoticeUrgency
    at: datetime
    in_app: bool
    by_mail: bool
    in_digest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChatMessage:
    """What one chat channel is to be told of one entry."""

    webhook_id: int
    topic: str
    subject: str
    url: str


@dataclass(frozen=True, slots=True)
class Telling:
    """What follows from a batch of entries."""

    notices: Sequence[NewNotice] = field(default_factory=list)
    chat: Sequence[NewChatMessage] = field(default_factory=list)


Route = Callable[[Sequence[ActivityEntry]], Telling]


def take_up_entries(route: Route, *, at: datetime, apart: timedelta) -> int:
    """Tell of the next entries of the workspace in scope, in one transaction. Returns how many entries were read.

    Parallel workers wait for each other at the cursor; a killed one leaves the cursor where it was. `apart` is how
    far two mails about one topic to one person are apart.
    """
    with transaction.atomic():
        workspace_id = current_workspace_id()
        NoticeCursor.objects.bulk_create([NoticeCursor(workspace_id=workspace_id)], ignore_conflicts=True)
        cursor = NoticeCursor.objects.select_for_update().get()
        entries = list(ActivityEntry.objects.filter(position__gt=cursor.position).order_by("position")[:BATCH])
        if not entries:
            return 0
        telling = route(entries)
        _write_notices(telling.notices, at=at, apart=apart)
        _queue_chat(telling.chat, at=at)
        crash_point("notices.before_cursor")
        cursor.position = entries[-1].position
        cursor.save(update_fields=["position"])
    crash_point("notices.after_commit")
    return len(entries)


def _write_notices(notices: Iterable[NewNotice], *, at: datetime, apart: timedelta) -> None:
    """Insert what is new; the unique constraint drops what was told before."""
    wanted = list(notices)
    if not wanted:
        return
    known = set(
        Notice.objects.filter(position__in={notice.position for notice in wanted}).values_list(
            "person_id", "partner_id", "position", "topic"
        )
    )
    fresh = [
        notice for notice in wanted if (notice.person_id, notice.partner_id, notice.position, notice.topic) not in known
    ]
    mails = {(notice.person_id, notice.partner_id, notice.topic): None for notice in fresh if notice.by_mail}
    deliveries = {reader: _delivery_for(*reader, at=at, apart=apart) for reader in mails}
    Notice.objects.bulk_create(
        [
            Notice(
                workspace_id=current_workspace_id(),
                person_id=notice.person_id,
                partner_id=notice.partner_id,
                position=notice.position,
                topic=notice.topic,
                verb=notice.verb,
                kind=notice.kind,
                label=notice.label[:120],
                title=notice.title[:250],
                text=notice.text,
                url=notice.url,
                urgency=notice.urgency,
                in_app=notice.in_app,
                in_digest=notice.in_digest,
                at=notice.at,
                delivery=deliveries[notice.person_id, notice.partner_id, notice.topic] if notice.by_mail else None,
            )
            for notice in fresh
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _delivery_for(person_id: int, partner_id: int | None, topic: str, *, at: datetime, apart: timedelta) -> Delivery:
    """Return the mail that waits for this reader and topic, or a new one far enough from the last."""
    same = Delivery.objects.filter(
        person_id=person_id, partner_id=partner_id, topic=topic, channel=DeliveryChannel.MAIL
    )
    waiting = same.filter(state=DeliveryState.QUEUED).select_for_update().first()
    if waiting is not None:
        return waiting
    last = same.filter(sent_at__isnull=False).order_by("-sent_at").values_list("sent_at", flat=True).first()
    due_at = mail_due_at(now=at, last_sent_at=last, apart=apart)
    delivery = Delivery.objects.create(
        workspace_id=current_workspace_id(),
        person_id=person_id,
        partner_id=partner_id,
        channel=DeliveryChannel.MAIL,
        topic=topic,
        due_at=due_at,
    )
    jobs.deliver_at(delivery_id=delivery.pk, due_at=due_at)
    return delivery


def _queue_chat(messages: Iterable[NewChatMessage], *, at: datetime) -> None:
    for message in messages:
        delivery = Delivery.objects.create(
            workspace_id=current_workspace_id(),
            webhook_id=message.webhook_id,
            channel=DeliveryChannel.CHAT,
            topic=message.topic,
            due_at=at,
            subject=message.subject[:250],
            url=message.url,
        )
        jobs.say_in_chat(delivery_id=delivery.pk)
