"""Writes the mail about what waits for one person: as that person may see it now, with what can be done from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.approval import StepRefused, check_step
from tallystick.deals.services.deciding import steps_taken
from tallystick.flows.notifications import digests
from tallystick.flows.notifications.facts import DEAL, LEAD
from tallystick.flows.notifications.handling_words import QUESTION_ASKED
from tallystick.flows.notifications.kind_words import kind_about
from tallystick.flows.notifications.lead_actions import LEAD_ACTIONS, lead_buttons
from tallystick.flows.notifications.readers import Listener, listener_of, permissions_of
from tallystick.flows.notifications.rules import Kind, Side
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.mail_in.addresses import ReplyTo, reply_address
from tallystick.platform.mail_in.mailbox import address_for_mail
from tallystick.platform.models import Delivery, DeliveryChannel, Notice, Workspace, WorkspaceRole
from tallystick.platform.notifications.actions import new_mail_action
from tallystick.platform.notifications.letters import Button, Letter, Line, Part
from tallystick.platform.notifications.unsubscribing import MailType, unsubscribe_url

APPROVE, DECLINE, REPLY, ANSWER = "approve_registration", "decline_registration", "reply", "answer_question"


def compose(delivery: Delivery, *, at: datetime) -> Letter | None:
    """Return the letter of a waiting delivery, or nothing where it has become needless.

    Needless is what was read in the app meanwhile, what has nothing to tell, and what is for somebody who has left.
    """
    listener = listener_of(person_id=delivery.person_id or 0, partner_id=delivery.partner_id)
    if listener is None:
        return None
    workspace = Workspace.objects.get(pk=delivery.workspace_id)
    with (
        translation.override(listener.person.language or settings.LANGUAGE_CODE),
        timezone.override(ZoneInfo(workspace.time_zone)),
    ):
        if delivery.channel == DeliveryChannel.DIGEST:
            return digests.letter_of(listener, workspace, topic=delivery.topic, at=at)
        notices = list(delivery.notices.order_by("position", "pk"))
        if all(notice.read_at is not None for notice in notices):
            return None
        return letter_about(listener, workspace, notices, at=at)


def letter_about(listener: Listener, workspace: Workspace, notices: Sequence[Notice], *, at: datetime) -> Letter:
    """Return the mail about what happened to one topic: the latest leads, what came before stands below it."""
    latest = notices[-1]
    kind = Kind(latest.kind)
    reply_to = _reply_to(listener, latest)
    earlier = tuple(Line(notice.title, notice.text) for notice in reversed(notices[:-1]))
    return Letter(
        subject=f"[{latest.label}] {latest.title}",
        organisation=workspace.name,
        title=latest.title,
        lead=latest.text,
        parts=(Part(earlier, heading=_("Before that")),) if earlier else (),
        button=Button(_button_words(kind, listener.side), settings.BASE_URL + latest.url),
        further=_further(listener, latest, at=at),
        why=_("You get this because you asked %(workspace)s for e-mail about %(kind)s.")
        % {"kind": kind_about(kind, listener.side), "workspace": workspace.name},
        unsubscribe_words=_("No more e-mail of this type"),
        unsubscribe_url=unsubscribe_url(MailType(workspace.pk, listener.reader, kind=kind)),
        reply_to=reply_to,
        closing=_("Answer this mail to write in the conversation.") if reply_to else "",
    )


def _reply_to(listener: Listener, notice: Notice) -> str:
    """Return where an answer to the mail goes: into the conversation about the registration, where mail is taken."""
    kind, _colon, key = notice.topic.partition(":")
    may_write = Permission.WRITE_ON_DEALS if listener.side is Side.VENDOR else Permission.WRITE_ON_OWN_DEALS
    if kind != DEAL or not key.isdigit() or may_write not in permissions_of(listener):
        return ""
    address = address_for_mail()
    where = ReplyTo(int(key), listener.person.pk, listener.partner_id)
    return reply_address(address, where, workspace_id=notice.workspace_id) if address else ""


def _button_words(kind: Kind, side: Side) -> str:
    match kind:
        case Kind.REGISTRATIONS:
            return _("Look at the registration")
        case Kind.LEADS:
            return _("Look at the lead")
        case Kind.QUESTIONS:
            return _("Open the conversation")
        case Kind.MONEY:
            return _("See your earnings") if side is Side.PARTNER else _("Open commissions")
        case Kind.STATEMENTS:
            return _("Open the statement")
        case Kind.WEBHOOKS:
            return _("Open the webhook")
        case _:
            return _("Open the deal")


def _further(listener: Listener, notice: Notice, *, at: datetime) -> tuple[Button, ...]:
    """Return what can be done from the mail itself: decide a registration, or answer a message."""
    kind, _colon, key = notice.topic.partition(":")
    if not key.isdigit():
        return ()
    if kind == LEAD:
        return _further_about_lead(listener, int(key), at=at)
    actions: tuple[tuple[str, str], ...]
    match Kind(notice.kind):
        case Kind.REGISTRATIONS if _may_decide(listener, int(key)):
            actions = ((APPROVE, _("Approve")), (DECLINE, _("Decline with a reason")))
        case Kind.QUESTIONS if notice.verb == QUESTION_ASKED:
            actions = ((ANSWER, _("Answer the question")),)
        case Kind.QUESTIONS if kind == DEAL:
            actions = ((REPLY, _("Reply")),)
        case _:
            return ()
    return tuple(
        Button(
            words,
            new_mail_action(reader=listener.reader, action=action, subject_kind=kind, subject_id=int(key), at=at),
        )
        for action, words in actions
    )


def _further_about_lead(listener: Listener, lead_id: int, *, at: datetime) -> tuple[Button, ...]:
    """Return the buttons that answer an introduction or an offer, for who may."""
    allowed = permissions_of(listener)
    found = lead_buttons(listener.side, lead_id=lead_id, partner_id=listener.partner_id, at=at)
    return tuple(
        Button(
            words,
            new_mail_action(reader=listener.reader, action=action, subject_kind=kind, subject_id=subject_id, at=at),
        )
        for action, words, kind, subject_id in found
        if LEAD_ACTIONS[listener.side, action] in allowed
    )


def _may_decide(listener: Listener, registration_id: int) -> bool:
    if listener.side is not Side.VENDOR:
        return False
    waiting = DealRegistration.objects.filter(pk=registration_id, state=RegistrationState.SUBMITTED).first()
    if waiting is None or Permission.TAKE_STEPS not in WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole(listener.role)]:
        return False
    try:
        check_step(steps_taken(waiting), role=listener.role, person_id=listener.person.pk)
    except StepRefused:
        return False
    return True
