"""Webhooks: where a workspace's, or a partner's, events are sent; what was sent, and sending it again.

A program brings its secret instead of reading ours: answers are kept for a day, and no secret stands in them.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.flows.webhooks.events import types_for
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import WebhookDelivery, WebhookEndpoint, WebhookState
from tallystick.platform.webhooks.endpoints import add_endpoint, endpoints, remove_endpoint, rotate_secret
from tallystick.platform.webhooks.log import deliveries, replay
from tallystick.platform.webhooks.signing import entropy_of
from tallystick.web.api.access import both_sides, caller_of
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode, Problem
from tallystick.web.api.values import Given, Id, Told, words

router = Router(tags=["Webhooks"])

Secret = Annotated[
    str,
    words(100, least=1),
    Field(
        description="`whsec_` and the base64 of 24 to 64 random bytes; it is never shown again.",
        examples=["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="],
    ),
]
_REFUSES = (ErrorCode.REFUSED, ErrorCode.STATE_CONFLICT)


class EndpointTold(Told):
    """An address that is told of events."""

    id: int
    url: Annotated[str, Field(examples=["https://hooks.example.com/tallystick"])]
    description: Annotated[str, Field(examples=["Data warehouse"])]
    events: Annotated[list[str], Field(examples=[["deal_registered", "statement_issued"]])]
    state: Literal["active", "failing", "paused"]
    created_at: datetime
    old_secret_until: Annotated[datetime | None, Field(description="Until when the secret before signs too.")]

    @classmethod
    def of(cls, row: WebhookEndpoint) -> Self:
        """Return an endpoint as it is told, without its secrets."""
        return cls(
            id=row.pk,
            url=row.url,
            description=row.description,
            events=row.types,
            state="paused" if row.paused_at else "failing" if row.told_failing_at else "active",
            created_at=row.created_at,
            old_secret_until=row.old_secret_until,
        )


class EndpointPage(Page[EndpointTold]):
    """Endpoints, a page at a time."""


class NewEndpoint(Given):
    """An endpoint to be added."""

    url: Annotated[str, words(500, least=1), Field(examples=["https://hooks.example.com/tallystick"])]
    description: Annotated[str, words(120), Field(examples=["Data warehouse"])] = ""
    events: Annotated[
        list[Annotated[str, words(60, least=1)]],
        Field(min_length=1, max_length=100, examples=[["deal_registered", "statement_issued"]]),
    ]
    secret: Secret


class Rotation(Given):
    """A secret to replace the one before."""

    secret: Secret
    overlap_hours: Annotated[
        Literal[0, 1, 24, 72], Field(description="For how many hours the secret before signs beside it.")
    ] = 24


class DeliveryTold(Told):
    """A message to an endpoint, and how far it is."""

    id: int
    message_id: Annotated[str, Field(examples=["msg_6d1f0cbb0c9f4f1f8c0d3c2f9d4b7a10"])]
    endpoint_id: int
    event: Annotated[str, Field(examples=["deal_registered"])]
    state: WebhookState
    attempts: int
    last_status: int | None
    problem: Annotated[str, Field(examples=["Answered 500."])]
    created_at: datetime
    next_attempt_at: datetime | None

    @classmethod
    def of(cls, row: WebhookDelivery) -> Self:
        """Return a message as it is told."""
        return cls(
            id=row.pk,
            message_id=row.message_id,
            endpoint_id=row.endpoint_id,
            event=row.type,
            state=WebhookState(row.state),
            attempts=row.attempts,
            last_status=row.last_status,
            problem=row.problem,
            created_at=row.created_at,
            next_attempt_at=row.due_at if row.state == WebhookState.QUEUED else None,
        )


class DeliveryPage(Page[DeliveryTold]):
    """Messages, a page at a time."""


class DeliveriesAsked(PageAsked):
    """What messages are narrowed and ordered by."""

    endpoint_id: Id | None = None
    state: WebhookState | None = None
    sort: Literal["id", "-id"] = "-id"


@both_sides(
    router,
    "GET",
    "/webhooks",
    EndpointPage,
    permission=Permission.MANAGE_WEBHOOKS,
    own_permission=Permission.MANAGE_OWN_WEBHOOKS,
    own_name="list_own_webhooks",
)
def list_webhooks(request: HttpRequest, asked: Query[PageAsked]) -> EndpointPage:
    """List the endpoints."""
    found = endpoints(partner_id=caller_of(request).partner_id)
    return EndpointPage(**one_page(found, sorted_by("id"), asked, one_by_one(EndpointTold.of)))


@both_sides(
    router,
    "POST",
    "/webhooks",
    EndpointTold,
    permission=Permission.MANAGE_WEBHOOKS,
    own_permission=Permission.MANAGE_OWN_WEBHOOKS,
    own_name="create_an_own_webhook",
    status=HTTPStatus.CREATED,
    refuses=_REFUSES,
)
def create_a_webhook(request: HttpRequest, given: NewEndpoint) -> EndpointTold:
    """Add an endpoint.

    It is told of what happens from then on; a partner's of what is the partner's own.
    """
    caller = caller_of(request)
    known = types_for(partner=caller.partner_id is not None)
    if unknown := [name for name in given.events if name not in known]:
        raise Problem(ErrorCode.REFUSED, f"No events of these names: {', '.join(unknown)}.")
    made = add_endpoint(
        caller.actor(),
        url=given.url,
        types=given.events,
        description=given.description,
        partner_id=caller.partner_id,
        at=now(),
        entropy=entropy_of(given.secret),
    )
    return EndpointTold.of(made.endpoint)


@both_sides(
    router,
    "POST",
    "/webhooks/{endpoint_id}/rotate",
    EndpointTold,
    permission=Permission.MANAGE_WEBHOOKS,
    own_permission=Permission.MANAGE_OWN_WEBHOOKS,
    own_name="rotate_the_secret_of_an_own_webhook",
    refuses=_REFUSES,
)
def rotate_the_secret_of_a_webhook(request: HttpRequest, endpoint_id: Id, given: Rotation) -> EndpointTold:
    """Replace the secret of an endpoint."""
    made = rotate_secret(
        caller_of(request).actor(),
        endpoint_id=_found(request, endpoint_id).pk,
        overlap_hours=given.overlap_hours,
        at=now(),
        entropy=entropy_of(given.secret),
    )
    return EndpointTold.of(made.endpoint)


@both_sides(
    router,
    "POST",
    "/webhooks/{endpoint_id}/remove",
    EndpointTold,
    permission=Permission.MANAGE_WEBHOOKS,
    own_permission=Permission.MANAGE_OWN_WEBHOOKS,
    own_name="remove_an_own_webhook",
)
def remove_a_webhook(request: HttpRequest, endpoint_id: Id) -> EndpointTold:
    """Remove an endpoint, and have its secret forgotten."""
    found = _found(request, endpoint_id)
    remove_endpoint(caller_of(request).actor(), endpoint_id=found.pk, at=now())
    return EndpointTold.of(found)


@both_sides(
    router,
    "GET",
    "/webhook-deliveries",
    DeliveryPage,
    permission=Permission.MANAGE_WEBHOOKS,
    own_permission=Permission.MANAGE_OWN_WEBHOOKS,
    own_name="list_own_webhook_deliveries",
)
def list_webhook_deliveries(request: HttpRequest, asked: Query[DeliveriesAsked]) -> DeliveryPage:
    """List what was sent, or waits to be."""
    found = deliveries(partner_id=caller_of(request).partner_id)
    if asked.endpoint_id:
        found = found.filter(endpoint_id=asked.endpoint_id)
    if asked.state:
        found = found.filter(state=asked.state)
    return DeliveryPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(DeliveryTold.of)))


@both_sides(
    router,
    "POST",
    "/webhook-deliveries/{delivery_id}/replay",
    DeliveryTold,
    permission=Permission.MANAGE_WEBHOOKS,
    own_permission=Permission.MANAGE_OWN_WEBHOOKS,
    own_name="replay_an_own_webhook_delivery",
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def replay_a_webhook_delivery(request: HttpRequest, delivery_id: Id) -> DeliveryTold:
    """Send a message again, with its id and its bytes."""
    caller = caller_of(request)
    own = deliveries(partner_id=caller.partner_id).get(pk=delivery_id)
    return DeliveryTold.of(replay(caller.actor(), delivery_id=own.pk, at=now()))


def _found(request: HttpRequest, endpoint_id: int) -> WebhookEndpoint:
    return endpoints(partner_id=caller_of(request).partner_id).get(pk=endpoint_id)
