"""From the activity stream to what each person is told: takes up the entries that are new, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from tallystick.flows.notifications.facts import Event, events_of
from tallystick.flows.notifications.handling_words import ESCALATED
from tallystick.flows.notifications.partner_words import partner_words
from tallystick.flows.notifications.readers import Audience, Listener, audience_of, is_addressed, may_hear, relation_of
from tallystick.flows.notifications.rules import Side
from tallystick.flows.notifications.vendor_words import vendor_words
from tallystick.flows.notifications.words import Words
from tallystick.platform.models import ActivityEntry, ChatWebhook, Workspace
from tallystick.platform.notifications.choices import notice_rules
from tallystick.platform.notifications.rules import FRESH, Channel, Reach, told
from tallystick.platform.notifications.telling import NewChatMessage, NewNotice, Telling, take_up_entries
from tallystick.platform.tenancy import current_workspace_id

TOLD_TO_THEIR_AUTHOR = frozenset({"facts_imported", "deal_registered", "lead_introduced"})
"""What went on without its author watching, or what the author wants to keep."""


def take_up(*, at: datetime) -> int:
    """Tell of everything new in the workspace in scope. Returns how many entries were read."""
    return _take_up(at=at, keep=lambda telling: telling)


def take_up_silently(*, at: datetime) -> int:
    """Tell of everything new in the app and in digests, and send nothing: for a history that is loaded."""
    return _take_up(at=at, keep=without_mail)


def without_mail(telling: Telling) -> Telling:
    """Return the same without mails at once and without chat; digests tell what would have been mailed."""
    return Telling([replace(notice, by_mail=False, in_digest=True) for notice in telling.notices])


def _take_up(*, at: datetime, keep: Callable[[Telling], Telling]) -> int:
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    apart = timedelta(minutes=notice_rules().coalesce_minutes)

    def route(entries: Sequence[ActivityEntry]) -> Telling:
        return keep(telling_of(entries, zone=zone, at=at))

    read = 0
    while taken := take_up_entries(route, at=at, apart=apart):
        read += taken
    return read


def telling_of(entries: Sequence[ActivityEntry], *, zone: ZoneInfo, at: datetime) -> Telling:
    """Return what follows from these entries for people and chats."""
    events = events_of(entries)
    audience = audience_of(events)
    with timezone.override(zone):
        notices = [notice for event in events for notice in _notices(event, audience, at=at)]
        chat = list(_chat(events, at=at))
    return Telling(notices, chat)


def words_for(listener: Listener, event: Event) -> Words | None:
    """Return what a listener is told of an event, in that person's language, or nothing."""
    with translation.override(listener.person.language or settings.LANGUAGE_CODE):
        return vendor_words(event) if listener.side is Side.VENDOR else partner_words(event)


def _notices(event: Event, audience: Audience, *, at: datetime) -> Iterable[NewNotice]:
    at_partner = audience.partners.get(event.partner.id, ()) if event.partner else ()
    for listener in (*audience.vendor, *at_partner):
        if listener.person.pk == event.entry.actor_person_id and event.verb not in TOLD_TO_THEIR_AUTHOR:
            continue
        words = words_for(listener, event) if is_addressed(listener, event) else None
        if words is None or not may_hear(listener.side, listener.role, words.kind):
            continue
        notice = _notice(listener, event, words, audience, at=at)
        if notice is not None:
            yield notice


def _notice(listener: Listener, event: Event, words: Words, audience: Audience, *, at: datetime) -> NewNotice | None:
    # An escalation reaches whom the terms name, whatever else they have chosen to hear of.
    named = event.verb == ESCALATED
    heard = told(
        inbox=Reach.ALL if named else audience.reach(listener, words.kind, Channel.INBOX),
        mail=Reach.ALL if named else audience.reach(listener, words.kind, Channel.MAIL),
        digest=audience.reach(listener, words.kind, Channel.DIGEST),
        relation=relation_of(listener, event),
        is_pressing=words.is_pressing,
        age=at - event.entry.at,
    )
    if not heard.anywhere:
        return None
    return NewNotice(
        person_id=listener.person.pk,
        partner_id=listener.partner_id,
        position=event.entry.position,
        topic=event.topic,
        verb=event.verb,
        kind=words.kind,
        label=words.label,
        title=words.title,
        text=words.text,
        url=words.url,
        urgency=words.urgency,
        at=event.entry.at,
        in_app=heard.in_app,
        by_mail=heard.by_mail,
        in_digest=heard.in_digest,
    )


def _chat(events: Sequence[Event], *, at: datetime) -> Iterable[NewChatMessage]:
    webhooks = list(ChatWebhook.objects.filter(is_active=True).order_by("pk"))
    if not webhooks:
        return
    for event in events:
        if at - event.entry.at > FRESH:
            continue
        words = vendor_words(event)
        for webhook in webhooks:
            if words is not None and words.kind in webhook.kinds:
                yield NewChatMessage(
                    webhook_id=webhook.pk,
                    topic=f"{event.topic}@{event.entry.position}",
                    subject=f"[{words.label}] {words.title}",
                    url=settings.BASE_URL + words.url,
                )
