"""Reads the activity stream from where it was left, and writes down which message goes where; each entry once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from tallystick.platform.crash_points import crash_point
from tallystick.platform.models import (
    ActivityEntry,
    WebhookCursor,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookState,
)
from tallystick.platform.tenancy import current_workspace_id
from tallystick.platform.webhooks import jobs

BATCH: Final = 200

Wanted = Mapping[int | None, Collection[str]]
"""The types of events that any endpoint asks for: of the workspace under None, of partners under their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """One event in the bytes that one owner may read: the workspace where `partner_id` is None, or that partner."""

    partner_id: int | None
    message_id: str
    type: str
    position: int
    body: str


Route = Callable[[Sequence[ActivityEntry], Wanted], Iterable[NewMessage]]


def any_endpoint() -> bool:
    """Tell whether the workspace in scope has an endpoint, its own or a partner's."""
    return WebhookEndpoint.objects.filter(removed_at__isnull=True).exists()


def write_messages(route: Route, *, at: datetime) -> int:
    """Write down the messages that follow from the next entries, in one transaction. Returns how many were read.

    Parallel workers wait for each other at the cursor; a killed one leaves the cursor where it was, and what it wrote
    is gone with its transaction. Where no endpoint was, nothing older than the first of them is read.
    """
    with transaction.atomic():
        told = list(WebhookEndpoint.objects.filter(removed_at__isnull=True).order_by("pk"))
        if not told:
            return 0
        WebhookCursor.objects.bulk_create([WebhookCursor(workspace_id=current_workspace_id())], ignore_conflicts=True)
        cursor = WebhookCursor.objects.select_for_update().get()
        begin = max(cursor.position, min(endpoint.since_position for endpoint in told))
        entries = list(ActivityEntry.objects.filter(position__gt=begin).order_by("position")[:BATCH])
        if not entries:
            return 0
        _write(told, route(entries, _wanted(told)), at=at)
        crash_point("webhooks.before_cursor")
        cursor.position = entries[-1].position
        cursor.save(update_fields=["position"])
    crash_point("webhooks.after_commit")
    return len(entries)


def _wanted(told: Iterable[WebhookEndpoint]) -> Wanted:
    wanted: dict[int | None, set[str]] = defaultdict(set)
    for endpoint in told:
        wanted[endpoint.partner_id].update(endpoint.types)
    return wanted


def _write(told: Sequence[WebhookEndpoint], messages: Iterable[NewMessage], *, at: datetime) -> None:
    rows = [
        _delivery(endpoint, message, at=at) for message in messages for endpoint in told if _is_for(endpoint, message)
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    for endpoint_id in sorted({row.endpoint_id for row in rows if row.state == WebhookState.QUEUED}):
        jobs.send_at(endpoint_id=endpoint_id, due_at=at)


def _is_for(endpoint: WebhookEndpoint, message: NewMessage) -> bool:
    return (
        endpoint.partner_id == message.partner_id
        and message.type in endpoint.types
        and message.position > endpoint.since_position
    )


def _delivery(endpoint: WebhookEndpoint, message: NewMessage, *, at: datetime) -> WebhookDelivery:
    is_paused = endpoint.paused_at is not None
    return WebhookDelivery(
        workspace_id=endpoint.workspace_id,
        partner_id=endpoint.partner_id,
        endpoint=endpoint,
        message_id=message.message_id,
        type=message.type,
        position=message.position,
        body=message.body,
        state=WebhookState.HELD if is_paused else WebhookState.QUEUED,
        due_at=at,
        created_at=at,
        ended_at=at if is_paused else None,
    )
