"""A receiver that is slow delays its own messages: it has little time, and one place among the jobs at most."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.flows.webhooks import stream
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tallystick.platform.webhooks.endpoints import NewSecret, add_endpoint
from tallystick.platform.webhooks.sending import Limits
from tests.integration.flows.notifications.world import MONDAY, Cast
from tests.integration.flows.webhooks.world import OTHER_BYTES, Receiver, endpoint, register

SHORT = Limits(seconds=0.6, slow=0.3, turn=timedelta(seconds=15), waits=timedelta(seconds=5))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


class Dripping:
    """A receiver that says one letter after the other, after what it says at once."""

    def __init__(self, at_once: bytes) -> None:
        self.at_once = at_once
        self.taken = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.taken += 1
            threading.Thread(target=self._drip, args=[caller], daemon=True).start()

    def _drip(self, caller: socket.socket) -> None:
        with caller:
            caller.recv(65_536)
            try:
                caller.sendall(self.at_once)
                for _ in range(600):
                    caller.sendall(b"H")
                    time.sleep(0.05)
            except OSError:
                return

    def close(self) -> None:
        self._listener.close()


@contextmanager
def dripping(receiver: Receiver, *, at_once: bytes = b"") -> Iterator[tuple[Dripping, NewSecret]]:
    slow = Dripping(at_once)
    with override_settings(WEBHOOK_TRUSTED=(slow.url, receiver.url)):
        made = add_endpoint(
            SYSTEM, url=f"{slow.url}/in", types=("deal_registered",), partner_id=None, at=MONDAY, entropy=OTHER_BYTES
        )
        try:
            yield slow, made
        finally:
            slow.close()


def send(made: NewSecret) -> tuple[int, float]:
    begun = time.monotonic()
    count = stream.send(endpoint_id=made.endpoint.pk, clock=lambda: MONDAY, limits=SHORT)
    return count, time.monotonic() - begun


def jobs_for(made: NewSecret) -> list[int]:
    """Return in how many seconds each job for an endpoint is due."""
    rows = ProcrastinateJob.objects.filter(task_name="webhooks.send", args__endpoint_id=made.endpoint.pk)
    return [round((row.scheduled_at - MONDAY).total_seconds()) for row in rows.order_by("scheduled_at")]


def test_a_receiver_that_drips_ends_its_turn_after_one_attempt_and_the_others_get_theirs(
    cast: Cast, receiver: Receiver
) -> None:
    with dripping(receiver) as (slow, made):
        quick = endpoint(receiver)
        for company in ("Cellvia", "Northgate", "Orchid"):
            register(cast, company)
        stream.take_up(at=MONDAY)
        count, took = send(made)

        assert (count, slow.taken) == (1, 1)
        assert 0.6 <= took < 3
        assert WebhookAttempt.objects.get().problem == "No answer within 1 seconds."
        assert WebhookEndpoint.objects.get(pk=made.endpoint.pk).is_slow
        states = WebhookDelivery.objects.filter(endpoint=made.endpoint).order_by("pk").values_list("state", "attempts")
        assert list(states) == [("queued", 1), ("queued", 0), ("queued", 0)]
        assert send(quick)[0] == 3
        assert len(receiver.got) == 3
        # At once for what is due, and after five seconds for what was tried.
        assert jobs_for(made) == [0, 5]


def test_slow_receivers_share_one_place_and_whoever_finds_it_taken_asks_again(cast: Cast, receiver: Receiver) -> None:
    with dripping(receiver) as (slow, made):
        quick = endpoint(receiver)
        WebhookEndpoint.objects.filter(pk=made.endpoint.pk).update(is_slow=True)
        register(cast, "Cellvia")
        stream.take_up(at=MONDAY)
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(hashtextextended('tallystick.webhooks.slow', 0))")
                count, took = send(made)
                again, _ = send(made)
                assert (count, again, slow.taken) == (0, 0, 0)
                assert took < 0.6
                assert jobs_for(made) == [0, 5]
                assert send(quick)[0] == 1
        finally:
            other.close()
        assert send(made)[0] == 1


def test_a_receiver_that_answers_at_once_again_is_slow_no_more(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    WebhookEndpoint.objects.update(is_slow=True)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)

    assert send(made)[0] == 1
    assert not WebhookEndpoint.objects.get().is_slow


@pytest.mark.parametrize("seconds", [0.6, 15.0])
def test_an_answer_whose_words_drip_is_what_its_status_says(cast: Cast, receiver: Receiver, seconds: float) -> None:
    with dripping(receiver, at_once=HEAD) as (slow, made):
        register(cast, "Cellvia")
        stream.take_up(at=MONDAY)
        begun = time.monotonic()
        stream.send(endpoint_id=made.endpoint.pk, clock=lambda: MONDAY, limits=Limits(seconds=seconds, slow=0.3))

        assert time.monotonic() - begun < 5
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, delivery.last_status, slow.taken) == ("delivered", 200, 1)
        assert set(WebhookAttempt.objects.get().answer) == {"H"}
