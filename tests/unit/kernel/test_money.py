"""Money, currencies and rounding."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.currencies import EXPONENTS, UnknownCurrency, exponent, minor_units
from tallystick.kernel.money import CurrencyMismatch, Money, NotAnAmount
from tallystick.kernel.rounding import Rounding, round_fraction


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("HUF", 2), ("COP", 2), ("UGX", 0), ("TND", 3)],
)
def test_a_currency_has_the_decimals_of_iso_4217(code: str, decimals: int) -> None:
    assert exponent(code) == decimals


def test_an_unknown_currency_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownCurrency, match="'EURO' is not an ISO 4217 currency code. Use three capital letters"):
        minor_units("EURO")


def test_every_currency_code_has_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1250.50", "EUR", 125050), ("1250", "JPY", 1250), ("0.001", "KWD", 1), ("-3.10", "USD", -310)],
)
def test_an_amount_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert Money.of(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["1.005", "abc", "", "NaN", "1,000.00"])
def test_text_that_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        Money.of(text, "EUR")


def test_money_is_written_with_the_decimals_of_its_currency() -> None:
    assert str(Money(1234567, "EUR")) == "12,345.67 EUR"
    assert str(Money(1234567, "JPY")) == "1,234,567 JPY"
    assert str(Money(-1, "KWD")) == "-0.001 KWD"


def test_amounts_of_different_currencies_are_never_added() -> None:
    with pytest.raises(CurrencyMismatch, match="Cannot combine EUR with USD: convert one of them first"):
        Money(1, "EUR") + Money(1, "USD")


def test_conversion_counts_the_decimals_of_both_currencies() -> None:
    yen = Money(10_000, "JPY").converted(rate=Fraction("0.0061"), currency="EUR", rounding=Rounding.HALF_EVEN)
    assert yen == Money(6100, "EUR")


@pytest.mark.parametrize(
    ("value", "half_even", "half_up", "down"),
    [
        (Fraction(1, 2), 0, 1, 0),
        (Fraction(3, 2), 2, 2, 1),
        (Fraction(5, 2), 2, 3, 2),
        (Fraction(-1, 2), 0, -1, 0),
        (Fraction(-5, 2), -2, -3, -2),
        (Fraction(26, 10), 3, 3, 2),
        (Fraction(-26, 10), -3, -3, -2),
        (Fraction(7), 7, 7, 7),
    ],
)
def test_each_rounding_treats_halves_by_its_name(value: Fraction, half_even: int, half_up: int, down: int) -> None:
    rounded = [round_fraction(value, rounding) for rounding in (Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.DOWN)]
    assert rounded == [half_even, half_up, down]


@given(st.fractions(), st.sampled_from(Rounding))
def test_rounding_moves_a_figure_by_less_than_one_and_mirrors_below_zero(value: Fraction, rounding: Rounding) -> None:
    rounded = round_fraction(value, rounding)
    assert abs(rounded - value) < 1
    assert round_fraction(-value, rounding) == -rounded
