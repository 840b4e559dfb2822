"""Reads on deals for screens and other modules; each takes a fixed number of queries.

In a partner's scope row-level security leaves only what both sides read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from tallystick.deals.models import (
    Attachment,
    DealRegistration,
    Message,
    MessageSide,
    RegistrationState,
    Thread,
    ThreadReading,
)
from tallystick.deals.rules.conversation import DEFAULT_CONVERSATION_POLICY
from tallystick.platform.models import StoredFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message as a viewer reads it; of one taken back neither words nor files are told."""

    id: int
    side: MessageSide
    author: str
    body: str
    sent_at: datetime
    is_internal: bool
    is_own: bool
    is_unread: bool
    asks: bool
    retracted_at: datetime | None
    may_retract: bool
    files: tuple[StoredFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation with a partner about a deal, oldest message first.

    A deal that was credited before it was registered has two threads, read as one. `waiting_thread_id` names the one
    in which the partner waits longest for an answer, `answer_due_at` by when it is due.
    """

    thread_ids: tuple[int, ...]
    waiting_thread_id: int | None
    answer_due_at: datetime | None
    entries: tuple[Entry, ...]

    @property
    def unread(self) -> int:
        """Return how many messages of others the viewer has not read."""
        return sum(entry.is_unread for entry in self.entries)


def conversation(
    *,
    partner_id: int,
    registration_id: int | None,
    opportunity_id: int | None,
    person_id: int | None,
    at: datetime,
) -> Conversation | None:
    """Return the conversation about a deal as a person reads it, or nothing before its first message. Four queries.

    Without a person it is read by a program: nothing is its own, and nothing it has read before.
    """
    about = Q(pk__isnull=True)
    if registration_id is not None:
        about |= Q(registration_id=registration_id)
    if opportunity_id is not None:
        about |= Q(opportunity_id=opportunity_id)
    threads = list(Thread.objects.filter(about, partner_id=partner_id).order_by("waiting_since", "pk"))
    if not threads:
        return None
    ids = [thread.pk for thread in threads]
    readings = ThreadReading.objects.filter(thread__in=ids, person_id=person_id or 0)
    read_until = dict(readings.values_list("thread_id", "read_until"))
    messages = list(Message.objects.filter(thread__in=ids).select_related("retraction").order_by("sent_at", "pk"))
    files = _files(messages)
    waiting = next((thread for thread in threads if thread.waiting_since is not None), None)
    return Conversation(
        thread_ids=tuple(ids),
        waiting_thread_id=waiting.pk if waiting else None,
        answer_due_at=waiting.answer_due_at if waiting else None,
        entries=tuple(
            _entry(
                message,
                files.get(message.pk, ()),
                person_id=person_id,
                read_until=read_until.get(message.thread_id),
                at=at,
            )
            for message in messages
        ),
    )


def counting_registrations() -> QuerySet[DealRegistration]:
    """Return the registrations whose deal counts as registered: approved once, and not withdrawn since."""
    once = DealRegistration.objects.filter(protected_until__isnull=False, decided_at__isnull=False)
    return once.exclude(state=RegistrationState.WITHDRAWN)


def _files(messages: Iterable[Message]) -> Mapping[int, tuple[StoredFile, ...]]:
    found: dict[int, tuple[StoredFile, ...]] = {}
    attached = Attachment.objects.filter(message__in=[message.pk for message in messages])
    for one in attached.filter(file__removed_at__isnull=True).select_related("file").order_by("pk"):
        found[one.message_id] = (*found.get(one.message_id, ()), one.file)
    return found


def _entry(
    message: Message,
    files: tuple[StoredFile, ...],
    *,
    person_id: int | None,
    read_until: datetime | None,
    at: datetime,
) -> Entry:
    retraction = getattr(message, "retraction", None)
    own = person_id is not None and message.author_id == person_id
    return Entry(
        id=message.pk,
        side=MessageSide(message.side),
        author=message.author_label,
        body="" if retraction else message.body,
        sent_at=message.sent_at,
        is_internal=message.partner_id is None,
        is_own=own,
        is_unread=not own and (read_until is None or message.sent_at > read_until),
        asks=message.asks,
        retracted_at=retraction.retracted_at if retraction else None,
        may_retract=own and not retraction and DEFAULT_CONVERSATION_POLICY.may_retract(message.sent_at, at=at),
        files=() if retraction else files,
    )
