"""The log of what was sent: what can be read of it, sending again, a message to try an endpoint, and its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from tallystick.kernel.canonical import canonical_json
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookState
from tallystick.platform.webhooks import jobs
from tallystick.platform.webhooks.endpoints import EndpointRefused, host_of
from tallystick.platform.webhooks.signing import message_id_of

TEST: Final = "webhook_test"
"""The type of the message that tries an endpoint: everybody gets it who asks for it."""
ENDED_WITHOUT: Final = (WebhookState.FAILED, WebhookState.HELD)


def deliveries(*, partner_id: int | None) -> QuerySet[WebhookDelivery]:
    """Return what was written for the endpoints of the workspace itself or of one partner, latest first."""
    own = {"partner_id": partner_id} if partner_id is not None else {"partner_id__isnull": True}
    return WebhookDelivery.objects.filter(**own).select_related("endpoint").order_by("-created_at", "-pk")


def attempts_of(delivery: WebhookDelivery) -> QuerySet[WebhookAttempt]:
    """Return every attempt for a message, the first first."""
    return WebhookAttempt.objects.filter(delivery=delivery).order_by("at", "pk")


@transaction.atomic
def send_test(actor: Actor, *, endpoint_id: int, at: datetime) -> WebhookDelivery:
    """Have a message sent that only says hello, once this transaction commits.

    Raises `EndpointRefused` for an endpoint that is paused, and `WebhookEndpoint.DoesNotExist`.
    """
    endpoint = _awake(endpoint_id)
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    body = {
        "type": TEST,
        "version": 1,
        "timestamp": moment,
        "data": {"message": "Hello from Tallystick.", "asked_by": actor.label},
    }
    delivery = WebhookDelivery.objects.create(
        workspace_id=endpoint.workspace_id,
        partner_id=endpoint.partner_id,
        endpoint=endpoint,
        message_id=message_id_of("test", endpoint.workspace_id, endpoint.pk, moment),
        type=TEST,
        body=canonical_json(body),
        due_at=at,
        created_at=at,
    )
    jobs.send_at(endpoint_id=endpoint.pk, due_at=at)
    return delivery


@transaction.atomic
def replay(actor: Actor, *, delivery_id: int, at: datetime) -> WebhookDelivery:
    """Send a message again, with its id and its bytes, and ten attempts anew; one that waits is sent at once.

    Raises `EndpointRefused` for an endpoint that is paused and for a message that is on its way just now,
    `WebhookDelivery.DoesNotExist`, and `WebhookEndpoint.DoesNotExist` for an endpoint that was removed.
    """
    delivery = WebhookDelivery.objects.get(pk=delivery_id)
    # Whoever sends it holds the message first and the endpoint then; we take them in that order, and do not wait.
    if WebhookDelivery.objects.select_for_update(skip_locked=True).filter(pk=delivery_id).first() is None:
        raise EndpointRefused("The message is being sent just now.")
    endpoint = _awake(delivery.endpoint_id)
    _again(WebhookDelivery.objects.filter(pk=delivery.pk), at=at)
    _record(actor, endpoint, count=1, at=at)
    jobs.send_at(endpoint_id=endpoint.pk, due_at=at)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay_failed(actor: Actor, *, endpoint_id: int, since: datetime, at: datetime) -> int:
    """Send again what an endpoint did not get since a moment, failed or held back. Returns how many messages.

    Raises `EndpointRefused` for an endpoint that is paused, and `WebhookEndpoint.DoesNotExist`.
    """
    endpoint = _awake(endpoint_id)
    missed = WebhookDelivery.objects.filter(endpoint=endpoint, state__in=ENDED_WITHOUT, created_at__gte=since)
    count = _again(missed, at=at)
    if count:
        _record(actor, endpoint, count=count, at=at)
        jobs.send_at(endpoint_id=endpoint.pk, due_at=at)
    return count


def remove_old_deliveries(*, before: datetime) -> int:
    """Remove messages older than a moment that wait no more, with their attempts; and endpoints long removed.

    Returns how many messages went. Vendor's side.
    """
    old = WebhookDelivery.objects.filter(created_at__lt=before).exclude(state=WebhookState.QUEUED)
    count = old.count()
    WebhookAttempt.objects.filter(delivery__in=old).delete()
    old.delete()
    gone = Q(removed_at__lt=before) & ~Q(deliveries__isnull=False)
    WebhookEndpoint.objects.filter(gone).delete()
    return count


def _again(rows: QuerySet[WebhookDelivery], *, at: datetime) -> int:
    return rows.update(state=WebhookState.QUEUED, attempts=0, due_at=at, ended_at=None)


def _awake(endpoint_id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id, removed_at__isnull=True)
    if endpoint.paused_at is not None:
        raise EndpointRefused("The endpoint is paused. Resume it first.")
    return endpoint


def _record(actor: Actor, endpoint: WebhookEndpoint, *, count: int, at: datetime) -> None:
    record_activity(
        actor,
        verb="webhook_replayed",
        subject_kind="webhook_endpoint",
        subject_id=endpoint.pk,
        partner_id=endpoint.partner_id,
        summary=f"Messages sent again to the webhook {endpoint.description or host_of(endpoint)}: {count}",
        data={"count": count},
        at=at,
    )
