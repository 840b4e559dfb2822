"""Whose word about a sender counts, and what it must say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.platform.mail_in.authentication import authenticity, read_results, signed_authenticity

ZOE = "zoe@zephyr.example"


@pytest.mark.parametrize(
    "result",
    [
        "mx.in.example; dkim=pass header.d=zephyr.example",
        "mx.in.example; dkim=pass header.d=mail.zephyr.example header.s=2026",
        "mx.in.example; dkim=pass (2048-bit key; (nested)) header.i=@zephyr.example",
        "MX.in.example 1; spf=pass smtp.mailfrom=bounce@zephyr.example",
        "mx.in.example;\r\n\tspf=softfail smtp.mailfrom=x@else.example;\r\n\tdmarc=pass (p) header.from=zephyr.example",
        'mx.in.example; dkim=fail header.d=zephyr.example; dkim=pass header.d="zephyr.example"',
    ],
)
def test_a_pass_for_a_domain_of_the_same_owner_proves_the_sender(result: str) -> None:
    assert authenticity([result], sender=ZOE, trusted_server="mx.in.example").is_proved
    assert signed_authenticity(result, sender=ZOE).is_proved


@pytest.mark.parametrize(
    "result",
    [
        "mx.in.example; none",
        "mx.in.example; dkim=fail header.d=zephyr.example; spf=fail smtp.mailfrom=zephyr.example",
        "mx.in.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example",
        "mx.in.example; dkim=pass header.d=zephyr.example.evil.example",
        "mx.in.example; dkim=pass header.d=zephyr.example; dmarc=fail header.from=zephyr.example",
        "mx.in.example; dkim=pass",
        "mx.in.example; dkim=pass header.d=example",
        "mx.in.example; spf=pass smtp.helo=zephyr.example",
        "mx.in.example; dkim=neutral (dkim=pass header.d=zephyr.example) header.d=evil.example",
        "dkim=pass header.d=zephyr.example",
        "",
    ],
)
def test_anything_else_proves_nothing(result: str) -> None:
    assert not authenticity([result], sender=ZOE, trusted_server="mx.in.example").is_proved
    assert not signed_authenticity(result, sender=ZOE).is_proved


def test_only_the_topmost_result_of_the_trusted_server_counts() -> None:
    real, forged = (
        "mx.in.example; dkim=fail header.d=zephyr.example",
        "mx.in.example; dkim=pass header.d=zephyr.example",
    )

    assert not authenticity([real, forged], sender=ZOE, trusted_server="mx.in.example").is_proved
    assert not authenticity(
        ["mx.evil.example; dkim=pass header.d=zephyr.example"], sender=ZOE, trusted_server=""
    ).is_proved
    other = authenticity([forged], sender=ZOE, trusted_server="mx.other.example")
    assert (other.is_proved, other.reason) == (False, "mx.other.example says nothing about the sender.")


@given(st.text())
def test_no_header_breaks_the_reader(value: str) -> None:
    read_results(value)
    assert not signed_authenticity(value, sender=ZOE).is_proved or "pass" in value.casefold()
