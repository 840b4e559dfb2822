"""Outgoing webhooks from the change to the receiver: signed, at least once, tried ten times."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks import Webhook, WebhookVerificationError

from tallystick.flows.notifications import stream as notices
from tallystick.flows.webhooks import stream
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import (
    ActivityEntry,
    Notice,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from tallystick.platform.webhooks.endpoints import (
    resume_endpoint,
)
from tallystick.platform.webhooks.log import remove_old_deliveries, replay, replay_failed
from tests.integration.flows.notifications.world import MONDAY, Cast
from tests.integration.flows.webhooks.world import (
    WAITS,
    Receiver,
    deliver,
    endpoint,
    register,
    verified,
)


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
        "reference", "company", "value", "state", "answers", "partner", "by", "entry",
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


def test_a_message_that_is_sent_again_keeps_its_id_and_bytes(cast: Cast, receiver: Receiver) -> None:
    made = endpoint(receiver)
    register(cast, "Cellvia")
    deliver(made)
    replay(SYSTEM, delivery_id=WebhookDelivery.objects.get().pk, at=MONDAY)
    assert deliver(made) == 1
    first, second = receiver.got
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


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
