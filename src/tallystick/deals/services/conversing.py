"""Commands on conversations: say something, note something, take it back, settle a question without an answer.

A partner speaks in its own scope, the vendor on the vendor's side. Messages are never edited; a form that arrives
twice is one message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction

from tallystick.deals.models import Attachment, Message, MessageSide, Retraction, Thread, ThreadReading
from tallystick.deals.rules.conversation import DEFAULT_CONVERSATION_POLICY, Said, waiting_since
from tallystick.deals.services.terms import calendar_for
from tallystick.partners.models import Partner
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.files.services import remove_file, store_file
from tallystick.platform.models import FilePurpose
from tallystick.platform.tenancy import current_workspace_id, vendor_side


class NothingSaid(ValueError):
    """Raised for a message without words and without a file."""


class RetractionRefused(ValueError):
    """Raised where a message is somebody else's, was taken back before, or is too old to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a conversation is about: a registration, or an opportunity the partner is credited for without one.

    `title` is what both sides call the deal.
    """

    partner_id: int
    title: str
    registration_id: int | None = None
    opportunity_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to say. `key` is random and stands in the form; `asks` counts for a partner only."""

    text: str
    key: str
    uploads: Sequence[File[Any]] = ()
    asks: bool = False


@transaction.atomic
def post_message(actor: Actor, *, about: About, side: MessageSide, draft: Draft, at: datetime) -> Message:
    """Say something that both sides read. A partner's question waits until the vendor says something.

    Raises `NothingSaid`, and `FileRefused` for an attachment that is not kept; nothing is posted then.
    """
    thread = _thread(about)
    message, is_new = _write(actor, thread, side=side, draft=draft, reader_id=about.partner_id, at=at)
    if is_new:
        _follow(thread)
        _record(actor, thread, message, verb="message_posted", words=_words(message), at=at)
    return message


@transaction.atomic
def write_internal_note(actor: Actor, *, about: About, draft: Draft, at: datetime) -> Message:
    """Note something in a conversation that the vendor alone reads. Raises `NothingSaid` and `FileRefused`."""
    thread = _thread(about)
    message, is_new = _write(actor, thread, side=MessageSide.VENDOR, draft=draft, reader_id=None, at=at)
    if is_new:
        _record(actor, thread, message, verb="internal_note_written", words="noted something about", at=at)
    return message


@transaction.atomic
def retract_message(actor: Actor, *, message_id: int, at: datetime) -> Message:
    """Take a message back: that there was one stays visible, its words and files do not.

    Its author may, for as long as the policy says. Raises `RetractionRefused`, and `Message.DoesNotExist` for one
    the scope cannot see.
    """
    message = Message.objects.select_related("thread").get(pk=message_id)
    thread = Thread.objects.select_for_update().get(pk=message.thread_id)
    if message.author_id is None or message.author_id != actor.person_id:
        raise RetractionRefused("Only who wrote a message can take it back.")
    if not DEFAULT_CONVERSATION_POLICY.may_retract(message.sent_at, at=at):
        raise RetractionRefused("A message can be taken back for 15 minutes; this one is older.")
    made = Retraction.objects.filter(message=message).exists()
    if made:
        raise RetractionRefused("This message was taken back before.")
    Retraction.objects.create(
        workspace_id=message.workspace_id, message=message, partner_id=message.partner_id, retracted_at=at
    )
    for file_id in Attachment.objects.filter(message=message).order_by("pk").values_list("file_id", flat=True):
        remove_file(actor, file_id=file_id, reason="The message it came with was taken back.", at=at)
    _follow(thread)
    _record(actor, thread, message, verb="message_retracted", words="took back a message about", at=at)
    return message


@transaction.atomic
def settle_question(actor: Actor, *, thread_id: int, at: datetime) -> Thread:
    """Note that a partner's question needs no answer here. Vendor's side. Raises `Thread.DoesNotExist`."""
    thread = Thread.objects.select_for_update().get(pk=thread_id)
    if thread.waiting_since is None:
        return thread
    thread.settled_at = at
    _follow(thread)
    record_activity(
        actor,
        verb="question_settled",
        subject_kind="thread",
        subject_id=thread.pk,
        summary=f"{actor.label} settled the question about {thread.title} without an answer",
        data={"thread": thread.pk},
        at=at,
    )
    return thread


@transaction.atomic
def note_reading(*, thread_id: int, person_id: int, partner_id: int | None, at: datetime) -> None:
    """Remember that a person has read a conversation up to now; nothing that others see follows from it."""
    ThreadReading.objects.update_or_create(
        workspace_id=current_workspace_id(),
        thread_id=thread_id,
        person_id=person_id,
        defaults={"partner_id": partner_id, "read_until": at},
    )


def _thread(about: About) -> Thread:
    """Return the conversation, locked; the first who says something begins it."""
    subject = (
        {"registration_id": about.registration_id}
        if about.registration_id
        else {"opportunity_id": about.opportunity_id}
    )
    thread, _created = Thread.objects.get_or_create(
        workspace_id=current_workspace_id(),
        partner_id=about.partner_id,
        **subject,
        defaults={"title": about.title},
    )
    return Thread.objects.select_for_update().get(pk=thread.pk)


def _write(
    actor: Actor, thread: Thread, *, side: MessageSide, draft: Draft, reader_id: int | None, at: datetime
) -> tuple[Message, bool]:
    """Write the message with its files, or return the one that the same form made before."""
    if not draft.text.strip() and not draft.uploads:
        raise NothingSaid("Write something, or attach a file.")
    earlier = Message.objects.filter(thread=thread, key=draft.key).first()
    if earlier is not None:
        return earlier, False
    message = Message.objects.create(
        workspace_id=thread.workspace_id,
        thread=thread,
        partner_id=reader_id,
        side=side,
        author_id=actor.person_id,
        author_label=actor.label,
        body=draft.text.strip(),
        asks=draft.asks and side is MessageSide.PARTNER,
        key=draft.key,
        sent_at=at,
    )
    for upload in draft.uploads:
        stored = store_file(actor, upload=upload, purpose=FilePurpose.DEAL_MESSAGE, partner_id=reader_id, at=at)
        Attachment.objects.create(workspace_id=thread.workspace_id, message=message, file=stored, partner_id=reader_id)
    return message, True


def _follow(thread: Thread) -> None:
    """Bring the thread's state after its messages: whether the partner waits, and by when an answer is due."""
    rows = Message.objects.filter(thread=thread, partner_id=thread.partner_id).order_by("pk")
    said = [
        Said(sent_at=sent_at, by_partner=side == MessageSide.PARTNER, asks=asks, retracted=retraction is not None)
        for sent_at, side, asks, retraction in rows.values_list("sent_at", "side", "asks", "retraction__pk")
    ]
    since = waiting_since(said, settled_at=thread.settled_at)
    thread.waiting_since = since
    thread.answer_due_at = _due(thread, since) if since else None
    thread.save(update_fields=["waiting_since", "answer_due_at", "settled_at"])


def _due(thread: Thread, since: datetime) -> datetime:
    with vendor_side():
        calendar = calendar_for(Partner.objects.get(pk=thread.partner_id).country)
    return DEFAULT_CONVERSATION_POLICY.answer_due(since, calendar=calendar)


def _words(message: Message) -> str:
    return "asked about" if message.asks else "wrote about"


def _record(actor: Actor, thread: Thread, message: Message, *, verb: str, words: str, at: datetime) -> None:
    # What was said is not repeated here: the stream is for ever, and a message can be taken back.
    about_registration = thread.registration_id is not None
    record_activity(
        actor,
        verb=verb,
        subject_kind="deal_registration" if about_registration else "opportunity",
        subject_id=thread.registration_id if about_registration else thread.opportunity_id,
        partner_id=message.partner_id,
        summary=f"{actor.label} {words} {thread.title}",
        data={
            "thread": thread.pk,
            "message": message.pk,
            "side": message.side,
            "asks": message.asks,
            "answer_due_at": thread.answer_due_at.isoformat() if message.asks and thread.answer_due_at else None,
        },
        at=at,
    )
