"""Rules of delivery: waits, what answers mean, signatures in any time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tallystick.platform.webhooks.rules import (
    MOST_ATTEMPTS,
    Verdict,
    is_given_up,
    next_attempt_at,
    retry_after_of,
    verdict,
)
from tallystick.platform.webhooks.signing import message_id_of, secret_of, signed_headers

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "attempts", "expected"),
    [
        (200, 1, Verdict.DELIVERED),
        (204, 10, Verdict.DELIVERED),
        (299, 1, Verdict.DELIVERED),
        (300, 1, Verdict.AGAIN),
        (302, 1, Verdict.AGAIN),
        (404, 9, Verdict.AGAIN),
        (404, 10, Verdict.FAILED),
        (410, 1, Verdict.GONE),
        (500, 10, Verdict.FAILED),
        (None, 1, Verdict.AGAIN),
        (None, 10, Verdict.FAILED),
    ],
)
def test_an_answer_is_judged_by_its_status(status: int | None, attempts: int, expected: Verdict) -> None:
    assert verdict(status, attempts=attempts) is expected


def test_the_tenth_attempt_comes_three_days_and_some_hours_after_the_first() -> None:
    assert MOST_ATTEMPTS == 10
    at = AT
    for attempts in range(1, 10):
        at = next_attempt_at(attempts=attempts, retry_after=timedelta(0), at=at)
    assert at - AT == timedelta(days=3, hours=3, minutes=35, seconds=5)


@given(attempts=st.integers(1, 9), seconds=st.integers(0, 10**7))
def test_a_receiver_can_lengthen_a_wait_up_to_a_day_and_never_shorten_it(attempts: int, seconds: int) -> None:
    plain = next_attempt_at(attempts=attempts, retry_after=timedelta(0), at=AT)
    asked = next_attempt_at(attempts=attempts, retry_after=timedelta(seconds=seconds), at=AT)
    assert plain <= asked <= max(plain, AT + timedelta(hours=24))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("120", 120),
        (" 7 ", 7),
        ("-5", 0),
        ("9999999999999999999", 86_400),
        ("soon", 0),
        ("²", 0),
        ("Fri, 20 Nov 2026 09:31:00 GMT", 60),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(text: str, seconds: int) -> None:
    assert retry_after_of(text, at=AT) == timedelta(seconds=seconds)


def test_an_endpoint_is_given_up_after_five_days() -> None:
    assert not is_given_up(failing_since=AT, at=AT + timedelta(days=5) - timedelta(seconds=1))
    assert is_given_up(failing_since=AT, at=AT + timedelta(days=5))


def test_a_moment_in_any_zone_is_signed_as_the_same_instant() -> None:
    secret = secret_of(bytes(range(32)))
    for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
        headers = signed_headers(message_id="msg_1", body="{}", secrets=[secret], at=AT.astimezone(ZoneInfo(zone)))
        assert headers["webhook-timestamp"] == "1795167000"
        assert headers["webhook-signature"] == "v1,yINifH4VsfLB9H3jQCUDOVTPbgUNZX2AWWphYo++92Q="
        with time_machine.travel(AT, tick=False):
            assert Webhook(secret).verify("{}", dict(headers)) == {}


def test_a_secret_is_as_the_specification_spells_it() -> None:
    assert secret_of(bytes(range(32))) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    with pytest.raises(ValueError, match="24 to 64 random bytes"):
        secret_of(b"short")


def test_the_id_of_a_message_follows_from_the_event_and_tells_nothing_of_it() -> None:
    assert message_id_of("abc", "deal_registered", 7) == message_id_of("abc", "deal_registered", 7)
    assert message_id_of("abc", "deal_registered", 7) != message_id_of("abc", "deal_registered", 8)
    assert len(message_id_of("abc")) == 36
