"""How figures are written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from tallystick.web.ui import formats


@pytest.fixture(autouse=True)
def _british_english() -> Iterator[None]:
    with translation.override("en-gb"):
        yield


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1_240_050, "GBP", "£12,400.50"),
        (0, "GBP", "£0.00"),
        (-1_296, "EUR", "−€12.96"),
        (145_000, "JPY", "JP¥145,000"),
        (1_250, "KWD", "KWD\N{NO-BREAK SPACE}1.250"),
        (123_456, "HUF", "HUF\N{NO-BREAK SPACE}1,234.56"),
    ],
)
def test_exact_money_has_every_decimal_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert formats.money_exact(minor, currency) == text


def test_trimmed_money_drops_decimals_only_where_all_are_nil() -> None:
    assert formats.money_trimmed(14_500_000, "GBP") == "£145,000"
    assert formats.money_trimmed(14_500_050, "GBP") == "£145,000.50"


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (242_000_000, "£2.42m"),
        (124_000_000_000, "£1.24bn"),
        (61_049_999, "£610k"),
        (1_000_000, "£10k"),
        (999_949, "£9,999"),
        (-61_000_000, "−£610k"),
        (0, "£0"),
    ],
)
def test_short_money_is_for_cards(minor: int, text: str) -> None:
    assert formats.money_short(minor, "GBP") == text


def test_money_is_written_as_the_reader_s_language_does() -> None:
    with translation.override("de"):
        assert formats.money_exact(1_240_050, "EUR") == "12.400,50\N{NO-BREAK SPACE}€"


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_no_digit_of_an_exact_amount_is_ever_lost(minor: int) -> None:
    digits = "".join(letter for letter in formats.money_exact(minor, "GBP") if letter.isdigit())
    assert int(digits) == abs(minor)


def test_a_share_is_written_in_percent() -> None:
    assert formats.percent(Fraction(43, 100)) == "43%"
    assert formats.percent(Fraction(1, 3), digits=1) == "33.3%"
    assert formats.percent(Decimal("-0.05")) == "−5%"
    assert formats.percent(1) == "100%"


def test_a_day_is_written_with_or_without_its_year() -> None:
    assert formats.day(date(2026, 10, 14)) == "14 Oct"
    assert formats.day_and_year(date(2026, 10, 14)) == "14 Oct 2026"
    assert formats.month(date(2026, 10, 14)) == "Oct 2026"


def test_a_moment_names_its_zone() -> None:
    with timezone.override(ZoneInfo("Europe/London")):
        assert formats.moment(datetime(2026, 7, 14, 13, 5, tzinfo=UTC)) == "14 Jul 2026, 14:05 BST"


@pytest.mark.parametrize(
    ("language", "money", "short", "share", "day"),
    [
        ("en-gb", "£12,400.50", "£2.42m", "33.3%", "14 Oct 2026"),
        (
            "de",
            "12.400,50\N{NO-BREAK SPACE}£",
            "2,42\N{NO-BREAK SPACE}Mio.\N{NO-BREAK SPACE}£",
            "33,3\N{NO-BREAK SPACE}%",
            "14. Okt. 2026",
        ),
        (
            "ar",
            "\N{RIGHT-TO-LEFT MARK}12,400.50\N{NO-BREAK SPACE}UK£",
            "2.42\N{NO-BREAK SPACE}مليون\N{NO-BREAK SPACE}UK£",
            "33.3%",
            "14 أكتوبر 2026",
        ),
        ("en-xa", "£12,400.50", "£2.42m", "33.3%", "14 Oct 2026"),
    ],
)
def test_figures_and_days_follow_the_language(language: str, money: str, short: str, share: str, day: str) -> None:
    with translation.override(language):
        assert formats.money_exact(1_240_050, "GBP") == money
        assert formats.money_short(242_000_000, "GBP") == short
        assert formats.percent(Fraction(1, 3), digits=1) == share
        assert formats.day_and_year(date(2026, 10, 14)) == day
