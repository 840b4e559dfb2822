"""A stand-in that listens, and what the tests of outgoing webhooks do with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from tallystick.deals.models import DealRegistration
from tallystick.flows.webhooks import stream
from tallystick.platform.actors import SYSTEM
from tallystick.platform.webhooks.endpoints import (
    NewSecret,
    add_endpoint,
)
from tests.integration.flows.notifications.world import MONDAY, Cast
from tests.integration.flows.notifications.world import register as register_with

SECRET_BYTES = bytes(range(32))
OTHER_BYTES = bytes(range(32, 64))
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)


@dataclass
class Got:
    """One request that the stand-in received."""

    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


@dataclass
class Receiver:
    """A stand-in for a program that listens: it keeps what came and answers as it is told."""

    url: str = ""
    status: int = 204
    retry_after: str = ""
    got: list[Got] = field(default_factory=list)


def register(cast: Cast, company: str) -> DealRegistration:
    """Return a registration of a company; each company's is another submission."""
    return register_with(cast, company, seed=1 + sum(company.encode()) % 200)


def endpoint(
    receiver: Receiver,
    *,
    partner_id: int | None = None,
    types: tuple[str, ...] = ("deal_registered",),
    path: str = "/in",
) -> NewSecret:
    return add_endpoint(
        SYSTEM, url=receiver.url + path, types=types, partner_id=partner_id, at=MONDAY, entropy=SECRET_BYTES
    )


def deliver(made: NewSecret, *, at: datetime = MONDAY) -> int:
    stream.take_up(at=at)
    return stream.send(endpoint_id=made.endpoint.pk, clock=lambda: at)


def verified(secret: str, got: Got) -> Any:
    return Webhook(secret).verify(got.body, got.headers)
