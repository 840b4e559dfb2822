"""Endpoints: added with a secret that is shown once, changed, paused, given another secret, removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.http.outgoing import OpenHosts, checked_open_address
from tallystick.platform.models import ActivityEntry, WebhookDelivery, WebhookEndpoint, WebhookPause, WebhookState
from tallystick.platform.notifications.sealing import seal
from tallystick.platform.tenancy import current_workspace_id
from tallystick.platform.webhooks.rules import OVERLAPS
from tallystick.platform.webhooks.signing import secret_of

MOST_ENDPOINTS = 20
"""Of one owner, the workspace or a partner: each event is written once for each of them."""


class EndpointRefused(ValueError):
    """An endpoint cannot be so; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint with a secret that was just made: it is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


def rules_of_hosts() -> OpenHosts:
    """Return which addresses the operator lets webhooks lead to."""
    return OpenHosts(ports=settings.WEBHOOK_PORTS, trusted=settings.WEBHOOK_TRUSTED)


def endpoints(*, partner_id: int | None) -> QuerySet[WebhookEndpoint]:
    """Return the endpoints of the workspace itself or of one partner, in the order they were added."""
    own = {"partner_id": partner_id} if partner_id is not None else {"partner_id__isnull": True}
    return WebhookEndpoint.objects.filter(removed_at__isnull=True, **own).order_by("pk")


def endpoints_of_partners() -> QuerySet[WebhookEndpoint]:
    """Return the endpoints of all partners. Vendor's side."""
    return WebhookEndpoint.objects.filter(removed_at__isnull=True, partner_id__isnull=False).order_by(
        "partner_id", "pk"
    )


@transaction.atomic
def add_endpoint(
    actor: Actor,
    *,
    url: str,
    types: Collection[str],
    description: str = "",
    partner_id: int | None = None,
    at: datetime,
    entropy: bytes,
) -> NewSecret:
    """Add an endpoint of the workspace in scope or, with `partner_id`, of a partner of it.

    It is told of what happens from now on. `types` are those that its side knows; the caller has checked them.
    Raises `AddressRefused`, and `EndpointRefused` without a type or beyond the number of endpoints.
    """
    checked_open_address(url, rules=rules_of_hosts())
    chosen = _chosen(types)
    if endpoints(partner_id=partner_id).count() >= MOST_ENDPOINTS:
        raise EndpointRefused(f"There are {MOST_ENDPOINTS} endpoints already. Remove one that is not used.")
    secret = secret_of(entropy)
    endpoint = WebhookEndpoint.objects.create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        url=url.strip(),
        description=description.strip(),
        types=chosen,
        sealed_secret=seal(secret),
        created_at=at,
        created_by_id=actor.person_id,
        created_by_label=actor.label,
    )
    entry = record(actor, endpoint, verb="webhook_added", words="was added", at=at)
    # The stream is one for all: a partner may not ask how long it is, but may see where its own entry stands.
    endpoint.since_position = entry.position
    endpoint.save(update_fields=["since_position"])
    return NewSecret(endpoint, secret)


@transaction.atomic
def change_endpoint(
    actor: Actor, *, endpoint_id: int, url: str, types: Collection[str], description: str, at: datetime
) -> WebhookEndpoint:
    """Set where an endpoint leads, of what it is told and what it is called.

    Messages that wait go to the new address. Raises `AddressRefused`, `EndpointRefused` and
    `WebhookEndpoint.DoesNotExist`.
    """
    checked_open_address(url, rules=rules_of_hosts())
    endpoint = _locked(endpoint_id)
    endpoint.url, endpoint.types, endpoint.description = url.strip(), _chosen(types), description.strip()
    endpoint.save(update_fields=["url", "types", "description"])
    record(actor, endpoint, verb="webhook_changed", words="was changed", at=at)
    return endpoint


@transaction.atomic
def rotate_secret(actor: Actor, *, endpoint_id: int, overlap_hours: int, at: datetime, entropy: bytes) -> NewSecret:
    """Give an endpoint a new secret; the old one signs beside it for so many hours.

    Of more rotations within an overlap only the last secret stays beside the new one. Raises `EndpointRefused` for
    another overlap than those offered, and `WebhookEndpoint.DoesNotExist`.
    """
    if overlap_hours not in OVERLAPS:
        raise EndpointRefused(f"The old secret signs for one of these hours: {', '.join(map(str, OVERLAPS))}.")
    endpoint = _locked(endpoint_id)
    secret = secret_of(entropy)
    endpoint.sealed_old_secret = endpoint.sealed_secret if overlap_hours else ""
    endpoint.old_secret_until = at + timedelta(hours=overlap_hours) if overlap_hours else None
    endpoint.sealed_secret = seal(secret)
    endpoint.save(update_fields=["sealed_secret", "sealed_old_secret", "old_secret_until"])
    words = f"has a new secret; the old one signs for {overlap_hours} hours more"
    record(actor, endpoint, verb="webhook_secret_rotated", words=words, at=at)
    return NewSecret(endpoint, secret)


@transaction.atomic
def pause_endpoint(
    actor: Actor, *, endpoint_id: int, at: datetime, why: WebhookPause = WebhookPause.PERSON
) -> WebhookEndpoint:
    """Send an endpoint nothing any more: what happens meanwhile is written down and held back.

    One that is paused is left as it is. Raises `WebhookEndpoint.DoesNotExist`.
    """
    endpoint = _locked(endpoint_id)
    if endpoint.paused_at is not None:
        return endpoint
    endpoint.paused_at, endpoint.pause = at, why
    endpoint.save(update_fields=["paused_at", "pause"])
    hold_back(endpoint_id=endpoint.pk, at=at)
    words = "was paused" if why == WebhookPause.PERSON else f"was {endpoint.get_pause_display()}"
    record(actor, endpoint, verb="webhook_paused", words=words, at=at)
    return endpoint


@transaction.atomic
def resume_endpoint(actor: Actor, *, endpoint_id: int, at: datetime) -> WebhookEndpoint:
    """Send to an endpoint again, from the next event on; what was held back can be replayed.

    Raises `WebhookEndpoint.DoesNotExist`.
    """
    endpoint = _locked(endpoint_id)
    if endpoint.paused_at is None:
        return endpoint
    endpoint.paused_at, endpoint.pause = None, ""
    endpoint.failing_since = endpoint.told_failing_at = None
    endpoint.save(update_fields=["paused_at", "pause", "failing_since", "told_failing_at"])
    record(actor, endpoint, verb="webhook_resumed", words="was resumed", at=at)
    return endpoint


@transaction.atomic
def remove_endpoint(actor: Actor, *, endpoint_id: int, at: datetime) -> None:
    """Remove an endpoint: its secrets are forgotten at once, what waits is never sent, the log ends with its period.

    Raises `WebhookEndpoint.DoesNotExist`.
    """
    endpoint = _locked(endpoint_id)
    record(actor, endpoint, verb="webhook_removed", words="was removed", at=at)
    endpoint.removed_at, endpoint.sealed_secret, endpoint.sealed_old_secret = at, "", ""
    endpoint.old_secret_until = None
    endpoint.save(update_fields=["removed_at", "sealed_secret", "sealed_old_secret", "old_secret_until"])
    hold_back(endpoint_id=endpoint.pk, at=at)


def hold_back(*, endpoint_id: int, at: datetime) -> None:
    """Keep what waits for an endpoint from being sent; a message that is on its way just now is left to its sender."""
    waiting = WebhookDelivery.objects.filter(endpoint_id=endpoint_id, state=WebhookState.QUEUED)
    still = waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)
    WebhookDelivery.objects.filter(pk__in=list(still)).update(state=WebhookState.HELD, ended_at=at)


def record(actor: Actor, endpoint: WebhookEndpoint, *, verb: str, words: str, at: datetime) -> ActivityEntry:
    """Write down what became of an endpoint; of its address only the host, as the rest may be a secret."""
    return record_activity(
        actor,
        verb=verb,
        subject_kind="webhook_endpoint",
        subject_id=endpoint.pk,
        partner_id=endpoint.partner_id,
        summary=f"The webhook {endpoint.description or host_of(endpoint)} {words}",
        data={
            "host": host_of(endpoint),
            "description": endpoint.description,
            "types": endpoint.types,
            "paused": endpoint.pause,
        },
        at=at,
    )


def host_of(endpoint: WebhookEndpoint) -> str:
    """Return the host an endpoint leads to: all of its address that is told."""
    return endpoint.url.partition("://")[2].partition("/")[0]


def _chosen(types: Collection[str]) -> list[str]:
    if not types:
        raise EndpointRefused("Choose at least one event.")
    return sorted(set(types))


def _locked(endpoint_id: int) -> WebhookEndpoint:
    # Messages that are written meanwhile refer to the row, and need not wait for us.
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id, removed_at__isnull=True)
