"""Sends what is due, one message after the other for each endpoint, and writes down how every attempt went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from django.db import connection, transaction

from tallystick.platform.actors import Actor
from tallystick.platform.crash_points import crash_point
from tallystick.platform.http.outgoing import WEBHOOK_SECONDS, AddressRefused, Resolver, post_openly, system_resolver
from tallystick.platform.http.pinned import CallFailed
from tallystick.platform.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookPause, WebhookState
from tallystick.platform.notifications.sealing import SealBroken, unseal
from tallystick.platform.webhooks import jobs
from tallystick.platform.webhooks.endpoints import hold_back, pause_endpoint, record, rules_of_hosts
from tallystick.platform.webhooks.rules import Verdict, is_given_up, next_attempt_at, retry_after_of, verdict
from tallystick.platform.webhooks.signing import signed_headers

_SLOW_LANE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('tallystick.webhooks.slow', 0))"
SHOWN_OF_ANSWER: Final = 1_000
_AT_WORK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('tallystick.webhooks', %s))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a receiver may hold a place among the jobs.

    A turn ends after `turn`, or with the first attempt that took `slow` seconds; the job goes on behind all others.
    Receivers whose last attempt was slow share one place: those that answer at once never wait for them.
    """

    seconds: float = WEBHOOK_SECONDS
    """Of one attempt, everything together."""
    slow: float = 3.0
    turn: timedelta = timedelta(seconds=15)
    waits: timedelta = timedelta(seconds=5)
    """Until a slow receiver that found the place taken asks again."""


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of one attempt."""

    status: int | None
    milliseconds: int
    answer: str = ""
    problem: str = ""
    retry_after: str = ""


def send_due(
    actor: Actor,
    *,
    endpoint_id: int,
    clock: Callable[[], datetime],
    resolve: Resolver = system_resolver,
    limits: Limits = LIMITS,
) -> int:
    """Send what is due for an endpoint, oldest first, for one turn. Returns how many attempts were made.

    Whatever is left then is sent by a job of its own. Only one worker at a time sends to an endpoint.
    """
    begun, made = clock(), 0
    while took := send_next(actor, endpoint_id=endpoint_id, at=clock(), resolve=resolve, limits=limits):
        made += 1
        if took >= timedelta(seconds=limits.slow) or clock() - begun >= limits.turn:
            jobs.send_at(endpoint_id=endpoint_id, due_at=clock())
            break
    return made


def send_next(
    actor: Actor,
    *,
    endpoint_id: int,
    at: datetime,
    resolve: Resolver = system_resolver,
    limits: Limits = LIMITS,
) -> timedelta | None:
    """Make one attempt for the oldest message that is due, in one transaction; return how long it took.

    None where nothing is due, somebody else is at it, or a slow receiver has to wait for others like it. A process that
    dies before the end leaves the message as it was: it is sent again, with the same id and bytes.
    """
    with transaction.atomic():
        if not _takes(_AT_WORK, [endpoint_id]):
            return None
        endpoint = WebhookEndpoint.objects.filter(
            pk=endpoint_id, removed_at__isnull=True, paused_at__isnull=True
        ).first()
        if endpoint is None:
            hold_back(endpoint_id=endpoint_id, at=at)
            return None
        due = WebhookDelivery.objects.filter(endpoint=endpoint, state=WebhookState.QUEUED, due_at__lte=at)
        delivery = due.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
        if delivery is None:
            return None
        if endpoint.is_slow and not _takes(_SLOW_LANE):
            jobs.send_at(endpoint_id=endpoint_id, due_at=_next_place(at, limits.waits))
            return None
        crash_point("webhooks.before_send")
        tried = _try(endpoint, delivery, at=at, resolve=resolve, seconds=limits.seconds)
        crash_point("webhooks.after_send")
        _note(delivery, tried, at=at)
        if endpoint.is_slow != (is_slow := tried.milliseconds >= limits.slow * 1000):
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_slow=is_slow)
        _conclude(actor, endpoint, delivery, tried, at=at)
    crash_point("webhooks.after_note")
    return timedelta(milliseconds=max(tried.milliseconds, 1))


def due_endpoints(*, at: datetime) -> list[int]:
    """Return the endpoints of the workspace in scope for which something is due."""
    due = WebhookDelivery.objects.filter(state=WebhookState.QUEUED, due_at__lte=at)
    return list(due.order_by("endpoint_id").values_list("endpoint_id", flat=True).distinct())


def _takes(lock: str, parameters: Sequence[int] = ()) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(lock, parameters)
        return bool(cursor.fetchone()[0])


def _next_place(at: datetime, waits: timedelta) -> datetime:
    """Return when to ask for the place of slow receivers again: on a grid, so that one job an endpoint asks."""
    step = waits.total_seconds()
    return datetime.fromtimestamp((at.timestamp() // step + 1) * step, tz=UTC)


def _try(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, at: datetime, resolve: Resolver, seconds: float
) -> _Tried:
    begun = monotonic()
    try:
        headers = signed_headers(
            message_id=delivery.message_id, body=delivery.body, secrets=secrets_of(endpoint, at=at), at=at
        )
        answer = post_openly(
            endpoint.url,
            delivery.body.encode(),
            headers=headers,
            rules=rules_of_hosts(),
            resolve=resolve,
            seconds=seconds,
        )
    except (AddressRefused, CallFailed, SealBroken) as error:
        return _Tried(None, _since(begun), problem=str(error)[:250])
    # PostgreSQL holds no NUL in a text.
    said = answer.text[:SHOWN_OF_ANSWER].replace("\0", "�")
    return _Tried(answer.status, _since(begun), said, retry_after=answer.retry_after)


def secrets_of(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """Return the secrets that sign at a moment, the newest first. Raises `SealBroken`."""
    both = [endpoint.sealed_secret]
    if endpoint.sealed_old_secret and endpoint.old_secret_until and at < endpoint.old_secret_until:
        both.append(endpoint.sealed_old_secret)
    return [unseal(sealed) for sealed in both]


def _since(begun: float) -> int:
    return round((monotonic() - begun) * 1000)


def _note(delivery: WebhookDelivery, tried: _Tried, *, at: datetime) -> None:
    WebhookAttempt.objects.create(
        workspace_id=delivery.workspace_id,
        partner_id=delivery.partner_id,
        delivery=delivery,
        at=at,
        status=tried.status,
        milliseconds=tried.milliseconds,
        answer=tried.answer,
        problem=tried.problem,
    )


def _conclude(
    actor: Actor, endpoint: WebhookEndpoint, delivery: WebhookDelivery, tried: _Tried, *, at: datetime
) -> None:
    delivery.attempts += 1
    delivery.last_status = tried.status
    delivery.problem = tried.problem or ("" if tried.status and tried.status < 300 else f"Answered {tried.status}.")
    found = verdict(tried.status, attempts=delivery.attempts)
    match found:
        case Verdict.DELIVERED:
            delivery.state, delivery.ended_at, delivery.problem = WebhookState.DELIVERED, at, ""
        case Verdict.AGAIN:
            wait = retry_after_of(tried.retry_after, at=at)
            delivery.due_at = next_attempt_at(attempts=delivery.attempts, retry_after=wait, at=at)
            jobs.send_at(endpoint_id=endpoint.pk, due_at=delivery.due_at)
        case Verdict.FAILED | Verdict.GONE:
            delivery.state, delivery.ended_at = WebhookState.FAILED, at
    delivery.save(update_fields=["attempts", "last_status", "problem", "state", "ended_at", "due_at"])
    _judge(actor, endpoint, found, at=at)


def _judge(actor: Actor, endpoint: WebhookEndpoint, found: Verdict, *, at: datetime) -> None:
    """Keep how the endpoint does, say so once where it fails, and pause it where nobody takes anything any more."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if found is Verdict.DELIVERED:
        if endpoint.failing_since is not None:
            rows.update(failing_since=None, told_failing_at=None)
        return
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        rows.update(failing_since=at)
    if found is Verdict.GONE:
        pause_endpoint(actor, endpoint_id=endpoint.pk, why=WebhookPause.GONE, at=at)
    elif is_given_up(failing_since=endpoint.failing_since, at=at):
        pause_endpoint(actor, endpoint_id=endpoint.pk, why=WebhookPause.FAILING, at=at)
    elif found is Verdict.FAILED and endpoint.told_failing_at is None:
        rows.update(told_failing_at=at)
        words = "fails: a message was tried ten times without success"
        record(actor, endpoint, verb="webhook_failing", words=words, at=at)
