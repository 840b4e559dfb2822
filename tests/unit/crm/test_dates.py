"""Dates are read exactly as written, or refused, or asked about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crm.rules.dates import DateOrder, read_date
from tallystick.crm.rules.problems import CellRefused, Question
from tallystick.crm.rules.readings import DateColumn

BERLIN = ZoneInfo("Europe/Berlin")
DAY_FIRST, MONTH_FIRST = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2024-03-01", None, date(2024, 3, 1)),
        ("2024/3/1", None, date(2024, 3, 1)),
        ("20240301", None, date(2024, 3, 1)),
        ("13/05/2024", DAY_FIRST, date(2024, 5, 13)),
        ("05/13/24", MONTH_FIRST, date(2024, 5, 13)),
        ("3.4.2024", DAY_FIRST, date(2024, 4, 3)),
        ("03-04-2024", MONTH_FIRST, date(2024, 3, 4)),
        ("05/05/2024", None, date(2024, 5, 5)),
        ("12 Mar 2024", None, date(2024, 3, 12)),
        ("Mar 12, 2024", None, date(2024, 3, 12)),
        ("12-Mar-24", None, date(2024, 3, 12)),
        ("1st September 2024", None, date(2024, 9, 1)),
        ("2024-03-01 10:20", None, date(2024, 3, 1)),
        ("2024-03-01T23:30:00.000+0000", None, date(2024, 3, 2)),
        ("2024-03-01T23:30:00Z", None, date(2024, 3, 2)),
        ("2024-03-02T00:30:00+02:00", None, date(2024, 3, 1)),
        ("3/1/2024, 11:30 PM", MONTH_FIRST, date(2024, 3, 1)),
        ("45352", None, date(2024, 3, 1)),
        ("1709334000", None, date(2024, 3, 2)),
        ("1709334000000", None, date(2024, 3, 2)),
    ],
)
def test_a_date_is_read_as_written(text: str, order: DateOrder | None, day: date) -> None:
    assert read_date(text, order=order, zone=BERLIN) == day


def test_typed_cells_of_a_spreadsheet_are_dates_already() -> None:
    assert read_date(date(2024, 3, 1), order=None, zone=BERLIN) == date(2024, 3, 1)
    assert read_date(Decimal(45352), order=None, zone=BERLIN) == date(2024, 3, 1)


@pytest.mark.parametrize(
    "text", ["2024-02-30", "soon", "2024", "32/01/2024", "0000-01-01", "9999-01-01", "12 Foo 2024", "123", "31/13/2024"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        read_date(text, order=DAY_FIRST, zone=BERLIN)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["03/04/2024", "13/04/2024"], DAY_FIRST),
        (["03/04/2024", "04/13/2024"], MONTH_FIRST),
        (["2024-03-04", "12 Mar 2024", ""], None),
        (["05/05/2024"], None),
    ],
)
def test_one_value_of_a_column_decides_its_order(cells: list[str], order: DateOrder | None) -> None:
    column = DateColumn()
    column.add(cells)
    assert column.decide("Close Date") is order


@pytest.mark.parametrize("cells", [["03/04/2024"], ["03.04.2024"], ["13/04/2024", "04/13/2024"]])
def test_a_column_that_proves_no_order_or_both_is_asked_about(cells: list[str]) -> None:
    column = DateColumn()
    column.add(cells)
    question = column.decide("Close Date")
    assert isinstance(question, Question)
    assert question.option == '--dates "Close Date=day-first"'


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_day_is_read_back_in_either_order(day: date) -> None:
    assert read_date(f"{day:%d/%m/%Y}", order=DAY_FIRST, zone=BERLIN) == day
    assert read_date(f"{day:%m/%d/%Y}", order=MONTH_FIRST, zone=BERLIN) == day
    assert read_date(day.isoformat(), order=None, zone=BERLIN) == day


@given(st.integers(20_000, 79_999))
def test_a_spreadsheet_s_day_number_counts_from_the_end_of_1899(days: int) -> None:
    assert read_date(str(days), order=None, zone=BERLIN) == date(1899, 12, 30) + timedelta(days=days)
