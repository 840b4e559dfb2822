"""Slack and Teams by incoming webhook: added with a test, told of some kinds, never shown its address again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.http.outgoing import AddressRefused, checked_address, post_json
from tallystick.platform.http.pinned import Answer, CallFailed
from tallystick.platform.models import ChatService, ChatWebhook, Delivery, DeliveryState
from tallystick.platform.notifications.sealing import SealBroken, seal, unseal
from tallystick.platform.tenancy import current_workspace_id

GONE: Final = frozenset({400, 403, 404, 410})
"""Answers after which trying again is no use: the webhook was removed, or never was."""


class NameTaken(ValueError):
    """Another chat channel has this name."""


class ChatRefused(RuntimeError):
    """The chat did not take the message; it is tried again."""


def add_chat_webhook(
    actor: Actor, *, service: ChatService, name: str, url: str, kinds: Collection[str], at: datetime
) -> ChatWebhook:
    """Add a channel of a chat to the workspace in scope. Raises `AddressRefused` and `NameTaken`."""
    parts = checked_address(url, allowed=settings.CHAT_WEBHOOK_HOSTS)
    with transaction.atomic():
        try:
            with transaction.atomic():
                webhook = ChatWebhook.objects.create(
                    workspace_id=current_workspace_id(),
                    service=service,
                    name=name.strip(),
                    sealed_url=seal(url.strip()),
                    host=parts.netloc,
                    kinds=sorted(kinds),
                    created_at=at,
                )
        except IntegrityError as error:
            raise NameTaken(f"There is a channel named {name.strip()} already.") from error
        _record(actor, webhook, verb="chat_webhook_added", words="was added", at=at)
    return webhook


@transaction.atomic
def change_chat_webhook(
    actor: Actor, *, webhook_id: int, kinds: Collection[str], is_active: bool, at: datetime
) -> ChatWebhook:
    """Set of which kinds a channel is told, and whether at all. Raises `ChatWebhook.DoesNotExist`."""
    webhook = ChatWebhook.objects.select_for_update().get(pk=webhook_id)
    webhook.kinds = sorted(kinds)
    webhook.is_active = is_active
    webhook.save(update_fields=["kinds", "is_active"])
    _record(actor, webhook, verb="chat_webhook_changed", words="was changed", at=at)
    return webhook


@transaction.atomic
def remove_chat_webhook(actor: Actor, *, webhook_id: int, at: datetime) -> None:
    """Forget a channel and its address. Raises `ChatWebhook.DoesNotExist`."""
    webhook = ChatWebhook.objects.select_for_update().get(pk=webhook_id)
    _record(actor, webhook, verb="chat_webhook_removed", words="was removed", at=at)
    webhook.delete()


def try_chat_webhook(*, webhook_id: int, subject: str, url: str) -> str:
    """Say something in a channel at once. Returns "" where it was taken, else what went wrong."""
    webhook = ChatWebhook.objects.get(pk=webhook_id)
    try:
        answer = _say(webhook, subject=subject, url=url)
    except (AddressRefused, SealBroken, CallFailed) as error:
        return _reason(error)
    return "" if answer.status < 300 else _answered(answer)


def say_in_chat(*, delivery_id: int, at: datetime) -> None:
    """Send a waiting message; one sent before, or to a channel switched off, is left. Raises `ChatRefused`."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("webhook")
            .filter(pk=delivery_id, state=DeliveryState.QUEUED)
            .first()
        )
        if delivery is None or delivery.webhook is None:
            return
        refused = _deliver(delivery, delivery.webhook, at=at)
    if refused:
        raise ChatRefused(refused)


def _deliver(delivery: Delivery, webhook: ChatWebhook, *, at: datetime) -> str:
    """Send and write down what came of it; returns the reason where it is worth another try."""
    again = ""
    if not webhook.is_active:
        delivery.state = DeliveryState.SKIPPED
    else:
        try:
            answer = _say(webhook, subject=delivery.subject, url=delivery.url)
        except (AddressRefused, SealBroken) as error:
            delivery.state, delivery.problem = DeliveryState.FAILED, _reason(error)
        except CallFailed as error:
            again = delivery.problem = _reason(error)
        else:
            if answer.status < 300:
                delivery.state, delivery.sent_at, delivery.problem = DeliveryState.SENT, at, ""
            elif answer.status in GONE:
                delivery.state, delivery.problem = DeliveryState.FAILED, _answered(answer)
            else:
                again = delivery.problem = _answered(answer)
    delivery.save(update_fields=["state", "sent_at", "problem"])
    return again


def _say(webhook: ChatWebhook, *, subject: str, url: str) -> Answer:
    is_slack = webhook.service == ChatService.SLACK
    payload = slack_message(subject=subject, url=url) if is_slack else teams_message(subject=subject, url=url)
    return post_json(unseal(webhook.sealed_url), payload, allowed=settings.CHAT_WEBHOOK_HOSTS)


def slack_message(*, subject: str, url: str) -> dict[str, Any]:
    """Return a message in Slack's blocks: one sentence and where it leads."""
    # Slack reads < > & as mark-up; nothing else in plain text has a meaning.
    safe = subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {
        "text": safe,
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": subject[:3000], "emoji": False}},
            {
                "type": "actions",
                "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": url}],
            },
        ],
    }


def teams_message(*, subject: str, url: str) -> dict[str, Any]:
    """Return a message as an Adaptive Card, which both kinds of Teams webhooks take."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        # A run is plain text; a text block would read it as Markdown.
        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": subject}]}],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": url}],
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        ],
    }


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:250]


def _answered(answer: Answer) -> str:
    return f"The chat answered {answer.status}: {' '.join(answer.text.split())[:120]}"[:250]


def _record(actor: Actor, webhook: ChatWebhook, *, verb: str, words: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="chat_webhook",
        subject_id=webhook.pk,
        summary=f"The {webhook.get_service_display()} channel {webhook.name} {words}",
        data={"name": webhook.name, "host": webhook.host, "kinds": webhook.kinds, "active": webhook.is_active},
        at=at,
    )
