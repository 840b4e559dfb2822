"""How the value of a deal is read from what a partner types."""

from __future__ import annotations

import pytest

from tallystick.deals.claim_texts import ValueRefused, read_value
from tallystick.kernel.money import Money


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60000", Money(6_000_000, "GBP")),
        ("60,000", Money(6_000_000, "GBP")),
        ("60.000", Money(6_000_000, "GBP")),
        ("60 000", Money(6_000_000, "GBP")),
        ("£60k", Money(6_000_000, "GBP")),
        ("1.5m", Money(150_000_000, "GBP")),
        ("EUR 60.000,50", Money(6_000_050, "EUR")),
        ("$1,234,567", Money(123_456_700, "USD")),
        ("60000 JPY", Money(60_000, "JPY")),
    ],
)
def test_a_value_is_read_as_people_write_it(text: str, value: Money) -> None:
    assert read_value(text, home="GBP") == value


@pytest.mark.parametrize("text", ["", "much", "60,00,0x", "1.234 KWD", "0", "-5", "60.001 50"])
def test_what_is_not_surely_an_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueRefused):
        read_value(text, home="GBP")
