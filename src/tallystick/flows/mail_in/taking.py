"""Takes one mail: finds out who wrote it, to which address, and does what it asks; or says why nothing was done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from procrastinate.contrib.django import app

from tallystick.deals.models import DealRegistration
from tallystick.flows.mail_in.claims import MailNotUnderstood, claimant_by_address, claimant_by_form, register_by_mail
from tallystick.flows.mail_in.replies import WrittenByAnother, post_reply
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.mail_in.addresses import looks_like_form, looks_like_reply, reply_of, tags_in
from tallystick.platform.mail_in.authentication import Authenticity, authenticity, signed_authenticity
from tallystick.platform.mail_in.keeping import MOST_BYTES
from tallystick.platform.mail_in.mailbox import mail_in_settings
from tallystick.platform.mail_in.reading import MailUnreadable, ReceivedMail, read_mail
from tallystick.platform.models import InboundMail, MailInSettings, MailInState, Workspace

ANSWER: Final = "mail_in.answer"
MOST_ANSWERS: Final = 10
"""Answers a day to one address, so that two programs never write to each other for ever."""
_WRITTEN: Final = (
    "state",
    "reason",
    "sender",
    "subject",
    "partner_id",
    "reference",
    "settled_at",
    "settled_by_label",
    "answered_at",
)
"""What is written of a mail that was taken; its bytes, up to 36 MB, are written once."""


@transaction.atomic
def take_mail(*, mail_id: int, at: datetime) -> None:
    """Take a mail that waits; one that was taken is left. Vendor's side."""
    kept = InboundMail.objects.select_for_update().filter(pk=mail_id, state=MailInState.WAITING).first()
    if kept is not None:
        _take(kept, vouched=False, at=at)


@transaction.atomic
def vouch_for_mail(actor: Actor, *, mail_id: int, at: datetime) -> InboundMail:
    """Take a mail that was held or not understood as if its sender were proved: a person says so.

    Raises `InboundMail.DoesNotExist` for one that is in another state.
    """
    kept = _open_mail(mail_id)
    _settle(kept, actor, verb="inbound_mail_vouched", words="vouched for", at=at)
    _take(kept, vouched=True, at=at)
    return kept


@transaction.atomic
def discard_mail(actor: Actor, *, mail_id: int, at: datetime) -> InboundMail:
    """Put a mail aside that was held or not understood. Raises `InboundMail.DoesNotExist`."""
    kept = _open_mail(mail_id)
    kept.state = MailInState.DISCARDED
    _settle(kept, actor, verb="inbound_mail_discarded", words="put aside", at=at)
    kept.save(update_fields=_WRITTEN)
    return kept


def _open_mail(mail_id: int) -> InboundMail:
    open_states = (MailInState.HELD, MailInState.UNREADABLE)
    return InboundMail.objects.select_for_update().get(pk=mail_id, state__in=open_states)


def _settle(kept: InboundMail, actor: Actor, *, verb: str, words: str, at: datetime) -> None:
    kept.settled_at, kept.settled_by_label = at, actor.label
    record_activity(
        actor,
        verb=verb,
        subject_kind="inbound_mail",
        subject_id=kept.pk,
        summary=f"{actor.label} {words} a mail of {kept.sender or 'an unknown sender'}",
        data={"message_key": kept.message_key},
        at=at,
    )


def _take(kept: InboundMail, *, vouched: bool, at: datetime) -> None:
    """Do what a mail asks and keep what became of it; whoever may be told what is missing is told."""
    taken = mail_in_settings()
    workspace = Workspace.objects.get(pk=kept.workspace_id)
    kept.reason = ""
    with translation.override(workspace.language or settings.LANGUAGE_CODE):
        try:
            mail = read_mail(bytes(kept.raw), recipient=kept.recipient)
        except MailUnreadable as problem:
            kept.state, kept.reason = MailInState.UNREADABLE, str(problem)
            kept.save(update_fields=_WRITTEN)
            return
        kept.sender, kept.subject = mail.sender[:254], mail.subject
        if mail.automatic:
            kept.state, kept.reason = MailInState.IGNORED, mail.automatic
        elif taken is None:
            kept.state, kept.reason = MailInState.HELD, "No mail is taken at the moment."
        elif not vouched and not (proof := _proof(kept, mail, taken)).is_proved:
            kept.state, kept.reason = MailInState.HELD, proof.reason
        else:
            _do(kept, mail, taken, workspace, at=at)
    kept.save(update_fields=_WRITTEN)


def _proof(kept: InboundMail, mail: ReceivedMail, taken: MailInSettings) -> Authenticity:
    """Judge the sender by what the signed request says, or else by the header of the server that is trusted."""
    if kept.results:
        return signed_authenticity(kept.results, sender=mail.sender)
    return authenticity(mail.results, sender=mail.sender, trusted_server=taken.trusted_server)


def _do(kept: InboundMail, mail: ReceivedMail, taken: MailInSettings, workspace: Workspace, *, at: datetime) -> None:
    try:
        # In a transaction of its own: what a part of it did is undone where the rest is refused.
        with transaction.atomic():
            kept.state, made, left_out = _done(kept, mail, taken, workspace, at=at)
    except MailNotUnderstood as problem:
        kept.state, kept.reason = MailInState.UNREADABLE, "\n".join(problem.sentences)
        _answer(kept, at=at)
    except WrittenByAnother:
        kept.state = MailInState.HELD
        kept.reason = "A reply from another address than the mail was sent to."
    else:
        kept.partner_id, kept.reference = made.partner_id, made.reference
        kept.reason = "\n".join(left_out)
        if left_out and kept.state == MailInState.REPLIED:
            _answer(kept, at=at)  # a registration's receipt says it, a message has none


def _done(
    kept: InboundMail, mail: ReceivedMail, taken: MailInSettings, workspace: Workspace, *, at: datetime
) -> tuple[MailInState, DealRegistration, tuple[str, ...]]:
    """Do what a mail asks; returns what became of it, the registration it is about, and why which file is not kept."""
    if kept.is_cut:
        raise MailNotUnderstood(f"The mail is larger than {MOST_BYTES:,} bytes. Send it with smaller files.")
    tags = tags_in(mail.recipients, address=taken.address)
    for tag in tags:
        if looks_like_reply(tag):
            where = reply_of(tag, workspace_id=kept.workspace_id)
            if where is None:
                raise MailNotUnderstood("The address you wrote to is none of ours. Answer the mail itself.")
            return (MailInState.REPLIED, *post_reply(kept, mail, where, at=at))
    form = next((tag for tag in tags if looks_like_form(tag)), None)
    claimant = (
        claimant_by_form(form, workspace_id=kept.workspace_id) if form is not None else claimant_by_address(mail.sender)
    )
    return (MailInState.REGISTERED, *register_by_mail(kept, mail, claimant, workspace=workspace, at=at))


def _answer(kept: InboundMail, *, at: datetime) -> None:
    """Have the sender told what is missing or was not kept, unless that happened often enough today."""
    lately = InboundMail.objects.filter(sender=kept.sender, answered_at__gt=at - timedelta(days=1))
    if kept.answered_at is None and lately.count() < MOST_ANSWERS:
        kept.answered_at = at
        app.configure_task(ANSWER).defer(workspace_id=kept.workspace_id, mail_id=kept.pk)
