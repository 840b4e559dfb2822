"""Outgoing webhooks from the change to the receiver: signed, at least once, tried ten times, and nobody else's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks import Webhook, WebhookVerificationError

from tallystick.deals.models import DealRegistration
from tallystick.deals.services import decline_registration
from tallystick.flows.notifications import stream as notices
from tallystick.flows.webhooks import stream
from tallystick.flows.webhooks.events import PUBLIC_EVENTS, types_for
from tallystick.flows.webhooks.payloads import example_of
from tallystick.partners.models import Lifecycle, Partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.http.outgoing import AddressRefused
from tallystick.platform.models import (
    ActivityEntry,
    Notice,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    Workspace,
)
from tallystick.platform.tenancy import scope
from tallystick.platform.webhooks.endpoints import (
    EndpointRefused,
    NewSecret,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from tallystick.platform.webhooks.log import remove_old_deliveries, replay, replay_failed, send_test
from tests.factories.revenue import make_partner
from tests.integration.flows.notifications.world import MONDAY, Cast, make_cast
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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    stand_in = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stand_in.got.append(Got({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(stand_in.status)
            if stand_in.retry_after:
                self.send_header("Retry-After", stand_in.retry_after)
            self.end_headers()
            if stand_in.status != 204:
                self.wfile.write(b"no \0 thanks")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    with override_settings(WEBHOOK_TRUSTED=(stand_in.url,)):
        yield stand_in
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        yield people


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


def test_a_change_is_told_once_signed_and_verified_by_the_library(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    registration = register(cast, "Cellvia")
    with time_machine.travel(MONDAY, tick=False):
        assert deliver(made) == 1
        assert deliver(made) == 0
        (got,) = receiver.got
        message = verified(made.secret, got)
    assert message["type"] == "deal_registered"
    assert message["version"] == 1
    assert message["data"]["reference"] == registration.reference
    assert message["data"]["company"] == "Cellvia"
    assert message["data"]["partner"]["name"] == "Zephyr Informatics"
    assert set(message["data"]) == {
        "reference", "company", "value", "state", "partner", "by", "entry",
    }  # fmt: skip
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 204)
    assert got.headers["webhook-id"] == delivery.message_id
    assert made.endpoint.sealed_secret != made.secret


def test_a_changed_body_another_secret_and_an_old_message_do_not_verify(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    deliver(made)
    (got,) = receiver.got
    refused = (
        (made.secret, got.body + b" ", MONDAY),
        ("whsec_" + "QUFB" * 11, got.body, MONDAY),
        (made.secret, got.body, MONDAY + timedelta(minutes=6)),
        (made.secret, got.body, MONDAY - timedelta(minutes=6)),
    )
    for secret, body, at in refused:
        with time_machine.travel(at, tick=False), pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, got.headers)


def test_what_happened_before_an_endpoint_was_added_is_not_told(cast: Cast, receiver: Receiver) -> None:
    register(cast, "Before")
    made = endpoint(receiver)
    register(cast, "After")
    deliver(made)
    assert [got.data["company"] for got in receiver.got] == ["After"]


def test_ten_attempts_with_growing_waits_carry_the_same_id_and_bytes_and_then_the_owner_is_told(
    cast: Cast, receiver: Receiver
) -> None:
    receiver.status = 500
    made = endpoint(receiver)
    register(cast, "Cellvia")
    at = MONDAY
    for wait in (*WAITS, None):
        assert deliver(made, at=at) == 1
        if wait is not None:
            assert deliver(made, at=at + timedelta(seconds=wait - 1)) == 0
            at += timedelta(seconds=wait)
    assert len(receiver.got) == 10
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.problem) == ("failed", 10, "Answered 500.")
    assert WebhookAttempt.objects.filter(delivery=delivery, status=500, answer="no � thanks").count() == 10
    assert deliver(made, at=at + timedelta(days=30)) == 0
    assert ActivityEntry.objects.filter(verb="webhook_failing").count() == 1
    notices.take_up(at=at)
    told = Notice.objects.filter(kind="webhooks")
    assert {notice.person_id for notice in told} == {cast.admin.pk}
    assert {notice.url for notice in told} == {f"/settings/webhooks/{made.endpoint.pk}/"}


def test_an_endpoint_that_takes_nothing_for_five_days_is_paused_and_what_comes_is_held_back(
    cast: Cast, receiver: Receiver
) -> None:
    receiver.status = 503
    made = endpoint(receiver)
    register(cast, "Cellvia")
    deliver(made)
    register(cast, "Later")
    deliver(made, at=MONDAY + timedelta(days=5))
    row = WebhookEndpoint.objects.get()
    assert (row.pause, row.paused_at) == ("failing", MONDAY + timedelta(days=5))
    register(cast, "Meanwhile")
    assert deliver(made, at=MONDAY + timedelta(days=5, hours=1)) == 0
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"held"}

    receiver.status, before = 200, len(receiver.got)
    resume_endpoint(SYSTEM, endpoint_id=row.pk, at=MONDAY + timedelta(days=6))
    assert deliver(made, at=MONDAY + timedelta(days=6)) == 0
    assert replay_failed(SYSTEM, endpoint_id=row.pk, since=MONDAY, at=MONDAY + timedelta(days=6)) == 3
    assert deliver(made, at=MONDAY + timedelta(days=6)) == 3
    assert [got.data["company"] for got in receiver.got[before:]] == ["Cellvia", "Later", "Meanwhile"]


def test_a_receiver_that_is_gone_is_asked_no_more(cast: Cast, receiver: Receiver) -> None:
    receiver.status = 410
    made = endpoint(receiver)
    register(cast, "Cellvia")
    register(cast, "Second")
    assert deliver(made) == 1
    assert WebhookEndpoint.objects.get().pause == "gone"
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["failed", "held"]
    assert deliver(made, at=MONDAY + timedelta(days=1)) == 0


def test_a_receiver_says_itself_when_it_wants_to_be_asked_again(cast: Cast, receiver: Receiver) -> None:
    receiver.status, receiver.retry_after = 429, "90"
    made = endpoint(receiver)
    register(cast, "Cellvia")
    deliver(made)
    assert WebhookDelivery.objects.get().due_at == MONDAY + timedelta(seconds=90)


@pytest.mark.parametrize("status", [301, 307, 308, 400, 404, 500])
def test_everything_else_than_success_is_tried_again(cast: Cast, receiver: Receiver, status: int) -> None:
    receiver.status = status
    made = endpoint(receiver)
    register(cast, "Cellvia")
    assert deliver(made) == 1
    assert WebhookDelivery.objects.get().state == "queued"


def test_an_address_that_leads_inside_is_refused_when_it_is_typed_and_again_at_each_attempt(
    cast: Cast, receiver: Receiver
) -> None:
    for url in ("http://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://hooks.example.com:8443/"):
        with pytest.raises(AddressRefused):
            add_endpoint(SYSTEM, url=url, types=["deal_registered"], at=MONDAY, entropy=SECRET_BYTES)
    assert not WebhookEndpoint.objects.exists()

    made = add_endpoint(
        SYSTEM, url="https://rebound.example.com/in", types=["deal_registered"], at=MONDAY, entropy=SECRET_BYTES
    )
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    asked: list[str] = []

    def inside(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",)

    assert stream.send(endpoint_id=made.endpoint.pk, clock=lambda: MONDAY, resolve=inside) == 1
    later = MONDAY + timedelta(seconds=5)
    assert stream.send(endpoint_id=made.endpoint.pk, clock=lambda: later, resolve=inside) == 1
    assert asked == ["rebound.example.com", "rebound.example.com"]
    assert set(WebhookAttempt.objects.values_list("status", "problem")) == {
        (None, "rebound.example.com leads into a private network.")
    }
    assert receiver.got == []


def test_both_secrets_sign_until_the_overlap_is_over(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    new = rotate_secret(SYSTEM, endpoint_id=made.endpoint.pk, overlap_hours=24, at=MONDAY, entropy=OTHER_BYTES)
    assert new.secret != made.secret
    register(cast, "During")
    during = MONDAY + timedelta(hours=23, minutes=59)
    deliver(made, at=during)
    register(cast, "Afterwards")
    after = MONDAY + timedelta(hours=24)
    deliver(made, at=after)
    first, second = receiver.got
    assert len(first.headers["webhook-signature"].split(" ")) == 2
    with time_machine.travel(during, tick=False):
        assert verified(made.secret, first) == verified(new.secret, first)
    with time_machine.travel(after, tick=False):
        assert verified(new.secret, second)["data"]["company"] == "Afterwards"
        with pytest.raises(WebhookVerificationError):
            verified(made.secret, second)


def test_a_secret_that_was_seen_by_others_signs_no_more_at_once(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    rotate_secret(SYSTEM, endpoint_id=made.endpoint.pk, overlap_hours=0, at=MONDAY, entropy=OTHER_BYTES)
    with pytest.raises(EndpointRefused):
        rotate_secret(SYSTEM, endpoint_id=made.endpoint.pk, overlap_hours=2, at=MONDAY, entropy=SECRET_BYTES)
    register(cast, "Cellvia")
    deliver(made)
    with time_machine.travel(MONDAY, tick=False), pytest.raises(WebhookVerificationError):
        verified(made.secret, receiver.got[0])


def test_a_partner_is_told_of_its_own_rows_only_and_in_its_own_words(cast: Cast, receiver: Receiver) -> None:
    other = make_partner("Corvid Consulting")
    every = tuple(types_for(partner=True))
    own = endpoint(receiver, partner_id=cast.partner.pk, types=every, path="/own")
    foreign = endpoint(receiver, partner_id=other.pk, types=every, path="/foreign")
    registration = register(cast, "CANARY-7f3a")
    decline_registration(SYSTEM, registration_id=registration.pk, reason="Ours since May.", at=MONDAY)
    deliver(own)
    deliver(foreign)
    assert [json.loads(got.body)["type"] for got in receiver.got] == ["deal_registered", "registration_declined"]
    assert set(receiver.got[0].data) == {"reference", "company", "value", "state"}
    assert receiver.got[1].data == {
        "reference": registration.reference,
        "company": "CANARY-7f3a",
        "reason": "Ours since May.",
    }
    assert not WebhookDelivery.objects.filter(endpoint=foreign.endpoint).exists()
    with scope(workspace_id=cast.workspace.pk, partner_id=other.pk):
        assert not WebhookDelivery.objects.filter(body__contains="CANARY").exists()
        assert [row.pk for row in WebhookEndpoint.objects.all()] == [foreign.endpoint.pk]


def test_a_partner_whose_portal_is_closed_is_told_nothing(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver, partner_id=cast.partner.pk)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    Partner.objects.filter(pk=cast.partner.pk).update(lifecycle=Lifecycle.ENDED)
    assert deliver(made) == 0
    assert receiver.got == []
    assert WebhookDelivery.objects.get().state == "held"


def test_a_paused_endpoint_gets_nothing_and_a_removed_one_forgets_its_secret(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    pause_endpoint(SYSTEM, endpoint_id=made.endpoint.pk, at=MONDAY)
    register(cast, "Cellvia")
    assert deliver(made) == 0
    with pytest.raises(EndpointRefused, match="paused"):
        send_test(SYSTEM, endpoint_id=made.endpoint.pk, at=MONDAY)
    remove_endpoint(SYSTEM, endpoint_id=made.endpoint.pk, at=MONDAY)
    assert WebhookEndpoint.objects.get().sealed_secret == ""
    with pytest.raises(WebhookEndpoint.DoesNotExist):
        resume_endpoint(SYSTEM, endpoint_id=made.endpoint.pk, at=MONDAY)
    with pytest.raises(WebhookEndpoint.DoesNotExist):
        replay(SYSTEM, delivery_id=WebhookDelivery.objects.get().pk, at=MONDAY)
    assert receiver.got == []


def test_a_message_that_is_sent_again_keeps_its_id_and_bytes(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    deliver(made)
    replay(SYSTEM, delivery_id=WebhookDelivery.objects.get().pk, at=MONDAY)
    assert deliver(made) == 1
    first, second = receiver.got
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


def test_a_test_message_says_hello(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    send_test(SYSTEM, endpoint_id=made.endpoint.pk, at=MONDAY)
    assert deliver(made) == 1
    assert json.loads(receiver.got[0].body)["type"] == "webhook_test"


def test_an_endpoint_that_is_changed_gets_what_waits_at_its_new_address(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    change_endpoint(
        SYSTEM,
        endpoint_id=made.endpoint.pk,
        url=f"{receiver.url}/elsewhere",
        types=["registration_won"],
        description="",
        at=MONDAY,
    )
    assert deliver(made) == 1
    register(cast, "Second")
    assert deliver(made) == 0


def test_the_job_is_asked_for_in_the_transaction_of_the_message(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    jobs = ProcrastinateJob.objects.filter(task_name="webhooks.send")
    assert [job.args["endpoint_id"] for job in jobs] == [made.endpoint.pk]
    assert stream.catch_up(at=MONDAY) == 0
    assert jobs.count() == 1


def test_a_second_worker_leaves_an_endpoint_to_the_first(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    held = "SELECT pg_try_advisory_lock(hashtextextended('tallystick.webhooks', %s))"
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(held, [made.endpoint.pk])
            assert deliver(made) == 0
    finally:
        other.close()
    assert deliver(made) == 1


def test_old_messages_go_with_their_attempts_and_what_waits_stays(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    deliver(made)
    register(cast, "Waits")
    stream.take_up(at=MONDAY)
    assert remove_old_deliveries(before=MONDAY + timedelta(days=1)) == 1
    assert not WebhookAttempt.objects.exists()
    assert WebhookDelivery.objects.get().state == "queued"


@pytest.mark.parametrize("name", sorted(PUBLIC_EVENTS))
def test_each_public_event_has_an_example_and_a_partner_reads_no_more_than_the_vendor(name: str) -> None:
    event = PUBLIC_EVENTS[name]
    assert event.sentence
    assert {field.name for field in event.for_partner} <= {field.name for field in event.for_vendor}
    assert json.loads(example_of(name, partner=False))["type"] == name
    assert not {"by", "entry", "partner"} & {field.name for field in event.for_partner}
