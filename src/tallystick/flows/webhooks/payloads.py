"""The bytes of messages: the envelope that Standard Webhooks suggests, and in it the fields a side may read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tallystick.flows.notifications.facts import Event
from tallystick.flows.webhooks.events import PUBLIC_EVENTS, PublicEvent
from tallystick.flows.webhooks.fields import Unreadable
from tallystick.platform.webhooks.signing import message_id_of
from tallystick.platform.webhooks.writing import NewMessage, Wanted

_EXAMPLE_AT = datetime(2026, 11, 20, 9, 30, 12, tzinfo=UTC)


def messages_about(event: Event, *, wanted: Wanted, closed: frozenset[int]) -> Iterable[NewMessage]:
    """Yield what programs are told of an event: the vendor's, and those of the one partner it concerns.

    `closed` are partners whose portal is closed: nothing is told to them any more.
    """
    public = PUBLIC_EVENTS.get(event.verb)
    if public is None:
        return
    if event.verb in wanted.get(None, ()):
        yield from _message(event, public, partner_id=None)
    partner = event.partner.id if event.partner is not None and public.for_partner else None
    if partner is not None and partner not in closed and event.verb in wanted.get(partner, ()):
        yield from _message(event, public, partner_id=partner)


def _message(event: Event, public: PublicEvent, *, partner_id: int | None) -> Iterable[NewMessage]:
    fields = public.for_vendor if partner_id is None else public.for_partner
    try:
        data = {field.name: field.read(event) for field in fields}
    except (Unreadable, KeyError):
        return
    yield NewMessage(
        partner_id=partner_id,
        message_id=message_id_of(event.entry.hash, event.verb, event.topic, partner_id or "workspace"),
        type=event.verb,
        position=event.entry.position,
        body=_body(event.verb, public, at=event.entry.at, data=data),
    )


def example_of(name: str, *, partner: bool) -> str:
    """Return a message of a type as one side gets it, for documentation, indented."""
    public = PUBLIC_EVENTS[name]
    fields = public.for_partner if partner else public.for_vendor
    envelope = _envelope(name, public, at=_EXAMPLE_AT, data={field.name: field.example for field in fields})
    return json.dumps(envelope, ensure_ascii=False, indent=2)


def _body(name: str, public: PublicEvent, *, at: datetime, data: Mapping[str, Any]) -> str:
    return json.dumps(_envelope(name, public, at=at, data=data), ensure_ascii=False, separators=(",", ":"))


def _envelope(name: str, public: PublicEvent, *, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": name, "version": public.version, "timestamp": moment, "data": dict(data)}
