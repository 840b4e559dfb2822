"""Where outgoing webhooks go: no address inside, secrets that change, and nobody else's rows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from standardwebhooks import WebhookVerificationError

from tallystick.deals.services import decline_registration
from tallystick.flows.webhooks import stream
from tallystick.flows.webhooks.events import PUBLIC_EVENTS, types_for
from tallystick.flows.webhooks.payloads import example_of
from tallystick.partners.models import Lifecycle, Partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.http.outgoing import AddressRefused
from tallystick.platform.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from tallystick.platform.tenancy import scope
from tallystick.platform.webhooks.endpoints import (
    EndpointRefused,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from tallystick.platform.webhooks.log import replay, send_test
from tests.factories.revenue import make_partner
from tests.integration.flows.notifications.world import MONDAY, Cast
from tests.integration.flows.webhooks.world import (
    OTHER_BYTES,
    SECRET_BYTES,
    Receiver,
    deliver,
    endpoint,
    register,
    verified,
)


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


@pytest.mark.parametrize("name", sorted(PUBLIC_EVENTS))
def test_each_public_event_has_an_example_and_a_partner_reads_no_more_than_the_vendor(name: str) -> None:
    event = PUBLIC_EVENTS[name]
    assert event.sentence
    assert {field.name for field in event.for_partner} <= {field.name for field in event.for_vendor}
    assert json.loads(example_of(name, partner=False))["type"] == name
    assert not {"by", "entry", "partner"} & {field.name for field in event.for_partner}
