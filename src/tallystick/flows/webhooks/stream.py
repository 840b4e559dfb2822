"""From the activity stream to programs: writes down what is new, and sends what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from tallystick.flows.notifications.facts import events_of
from tallystick.flows.webhooks.payloads import messages_about
from tallystick.partners.models import GONE, Partner
from tallystick.platform.actors import Actor
from tallystick.platform.http.outgoing import Resolver, system_resolver
from tallystick.platform.models import ActivityEntry, WebhookEndpoint
from tallystick.platform.webhooks import jobs
from tallystick.platform.webhooks.endpoints import hold_back
from tallystick.platform.webhooks.sending import LIMITS, Limits, due_endpoints, send_due
from tallystick.platform.webhooks.writing import NewMessage, Wanted, write_messages

HAND = Actor.job("webhooks")


def take_up(*, at: datetime) -> int:
    """Write down the messages that follow from everything new in the workspace in scope. Returns how many entries."""
    read = 0
    while taken := write_messages(_messages, at=at):
        read += taken
    return read


def send(
    *,
    endpoint_id: int,
    clock: Callable[[], datetime],
    resolve: Resolver = system_resolver,
    limits: Limits = LIMITS,
) -> int:
    """Send what is due for an endpoint; where its partner's portal is closed meanwhile, hold it back."""
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is not None and endpoint.partner_id in _closed([endpoint.partner_id]):
        hold_back(endpoint_id=endpoint_id, at=clock())
        return 0
    return send_due(HAND, endpoint_id=endpoint_id, clock=clock, resolve=resolve, limits=limits)


def catch_up(*, at: datetime) -> int:
    """Make good what a lost job left behind: write down what is new, and have sent what is due."""
    read = take_up(at=at)
    for endpoint_id in due_endpoints(at=at):
        jobs.send_at(endpoint_id=endpoint_id, due_at=at)
    return read


def _messages(entries: Sequence[ActivityEntry], wanted: Wanted) -> Iterable[NewMessage]:
    closed = _closed(wanted)
    for event in events_of(entries):
        yield from messages_about(event, wanted=wanted, closed=closed)


def _closed(partner_ids: Iterable[int | None]) -> frozenset[int]:
    known = [partner_id for partner_id in partner_ids if partner_id is not None]
    if not known:
        return frozenset()
    gone = Partner.objects.filter(pk__in=known, lifecycle__in=GONE).order_by("pk")
    return frozenset(gone.values_list("pk", flat=True))
