"""Amounts are read exactly as written, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crm.rules.amounts import DecimalMark, currency_of_sign, read_amount, read_currency, to_minor
from tallystick.crm.rules.problems import CellRefused, Question
from tallystick.crm.rules.readings import NumberColumn

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("text", "mark", "value", "currency"),
    [
        ("1234", None, "1234", ""),
        ("$1,234,567", POINT, "1234567", "$"),
        ("£1,000", POINT, "1000", "£"),
        ("1.234,56", COMMA, "1234.56", ""),
        ("1.234.567", COMMA, "1234567", ""),
        ("250k", None, "250000", ""),
        ("1.2m", POINT, "1200000", ""),
        ("€ 1,5 Mio", COMMA, "1500000", "€"),
        ("(1,234)", POINT, "-1234", ""),
        ("-$5", None, "-5", "$"),
        ("$-5", None, "-5", "$"),
        ("5-", None, "-5", ""),
        ("−7", None, "-7", ""),
        ("EUR 12.50", POINT, "12.50", "EUR"),
        ("12.50 eur", POINT, "12.50", "EUR"),
        ("US$ 3", None, "3", "US$"),
        ("1 234 567,89", COMMA, "1234567.89", ""),
        ("1\u202f234\u202f567", None, "1234567", ""),
        ("1’234.50", POINT, "1234.50", ""),
        ("12,34,567.00", POINT, "1234567.00", ""),
        ("１２３", None, "123", ""),
    ],
)
def test_an_amount_is_read_as_written(text: str, mark: DecimalMark | None, value: str, currency: str) -> None:
    amount = read_amount(text, mark=mark)
    assert (amount.value, amount.currency) == (Decimal(value), currency)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1,23,4",
        "12.5%",
        "$",
        "1.2.3",
        "--5",
        "(5",
        "(-5)",
        "$5 EUR",
        "5 XYZ",
        "=1+1",
        "1.05E+06",
        "1e5",
        "1/2",
        "0x10",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        read_amount(text, mark=POINT)


def test_an_amount_that_contradicts_its_column_is_refused() -> None:
    with pytest.raises(CellRefused, match='"1.234,56" does not fit a column with a decimal point'):
        read_amount("1.234,56", mark=POINT)


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1,234", "12,5"], COMMA),
        (["1,234", "1,234,567"], POINT),
        (["1.234", "0.5"], POINT),
        (["£1,000"], POINT),
        (["1.234", "1.234,00"], COMMA),
        (["5", "12", ""], None),
        (["n/a", "1.5"], POINT),
    ],
)
def test_one_value_of_a_column_decides_its_decimal_mark(cells: list[str], mark: DecimalMark | None) -> None:
    column = NumberColumn()
    column.add(cells)
    assert column.decide("Amount") is mark


def test_a_column_that_proves_nothing_is_asked_about() -> None:
    column = NumberColumn()
    column.add(["1,234", "7"])
    question = column.decide("Amount")
    assert isinstance(question, Question)
    assert question.sentence == (
        'Column "Amount" holds numbers such as "1,234", which is 1234 with a decimal point '
        "and 1.234 with a decimal comma; no value in it decides."
    )
    assert question.option == "--decimals Amount=point"


def test_a_column_that_proves_both_is_asked_about() -> None:
    column = NumberColumn()
    column.add(["1.234,56", "1,234.56"])
    question = column.decide("Amount")
    assert isinstance(question, Question)
    assert "mixes two ways to write numbers" in question.sentence


def test_a_shared_sign_means_the_workspace_s_currency_where_that_has_it() -> None:
    assert currency_of_sign("$", home="CAD") == "CAD"
    assert currency_of_sign("$", home="EUR") == "USD"
    assert currency_of_sign("¥", home="CNY") == "CNY"
    with pytest.raises(CellRefused, match="several currencies"):
        currency_of_sign("kr", home="EUR")


def test_minor_units_are_exact_or_refused() -> None:
    assert to_minor(Decimal("12.50"), "EUR") == 1250
    assert to_minor(Decimal(12), "JPY") == 12
    assert to_minor(Decimal("1.234"), "KWD") == 1234
    assert to_minor(Decimal("12.5000"), "EUR") == 1250
    with pytest.raises(CellRefused, match="12.345 has more than the 2 decimals of EUR"):
        to_minor(Decimal("12.345"), "EUR")
    with pytest.raises(CellRefused, match="too large"):
        to_minor(Decimal("1e17"), "EUR")


def test_a_currency_column_takes_codes_and_signs_only() -> None:
    assert [read_currency(cell) for cell in ("eur", " USD ", "€", "")] == ["EUR", "USD", "EUR", ""]
    with pytest.raises(CellRefused):
        read_currency("Dollars")


@given(st.integers(-(10**12), 10**12), st.sampled_from([POINT, COMMA]))
def test_what_is_written_with_grouping_is_read_back(minor: int, mark: DecimalMark) -> None:
    written = f"{Decimal(minor).scaleb(-2):,.2f}"
    if mark is COMMA:
        written = written.translate(str.maketrans(",.", ".,"))
    assert to_minor(read_amount(written, mark=mark).value, "EUR") == minor
