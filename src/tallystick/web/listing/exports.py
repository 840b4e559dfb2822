"""The rows of a list as a file: CSV, or a workbook with amounts as numbers and days as days.

Rows are written one after another to a temporary file while the scope of the request still holds, and the file is sent
when it is whole: a file that ends in the middle looks like one that does not. Memory does not grow with the rows.
Text that a spreadsheet would run as a formula is made harmless in both.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, cast

from django.http import FileResponse

from tallystick.crm.rules.refused_files import harmless

IN_MEMORY: Final = 1_000_000
"""Bytes of a file that are kept in memory; what is longer goes to the disk."""
SHEET_ROWS: Final = 1_048_575
"""Rows a worksheet holds below its head; more go on to the next sheet."""
WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | Decimal | date | datetime | None
Cells = Iterable[str]


class Kind(Enum):
    """What a column of a file holds."""

    TEXT = "text"
    COUNT = "count"
    AMOUNT = "amount"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of a file: its head and what it holds. An amount has its currency in a column of its own."""

    head: str
    kind: Kind = Kind.TEXT


def file_response(
    name: str, file_format: str, columns: Sequence[FileColumn], rows: Iterable[Sequence[Value]]
) -> FileResponse:
    """Answer with the rows as "csv" or "xlsx", whole."""
    if file_format == "xlsx":
        return workbook_response(name, columns, rows)
    return csv_response(name, [column.head for column in columns], (map(_as_text, row) for row in rows))


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Cells]) -> FileResponse:
    """Answer with a CSV file that spreadsheets open as it is; cells that would be formulas are made harmless.

    UTF-8 with a byte-order mark, comma separated.
    """
    file = _file()
    writer = csv.writer(_Encoded(file))
    file.write(b"\xef\xbb\xbf")
    writer.writerow(heads)
    for cells in rows:
        writer.writerow([harmless(cell) for cell in cells])
    return _sent(file, f"{name}.csv", "text/csv; charset=utf-8")


def workbook_response(name: str, columns: Sequence[FileColumn], rows: Iterable[Sequence[Value]]) -> FileResponse:
    """Answer with a workbook: text stays text, amounts are numbers, days are days."""
    # Read only when someone asks for a workbook: no page and no command waits for it.
    import xlsxwriter

    file = _file()
    options = {"constant_memory": True, "remove_timezone": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(file, options) as book:
        formats = {
            Kind.AMOUNT: book.add_format({"num_format": "#,##0.00###"}),
            Kind.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
            Kind.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            Kind.COUNT: book.add_format({"num_format": "0"}),
        }
        head = book.add_format({"bold": True})
        sheet, at = None, SHEET_ROWS
        for row in rows:
            if at >= SHEET_ROWS:
                sheet, at = _sheet(book, columns, head), 0
            at += 1
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, at, place, value, formats.get(column.kind))
        if sheet is None:
            _sheet(book, columns, head)
    return _sent(file, f"{name}.xlsx", WORKBOOK_TYPE)


def _sheet(book: Any, columns: Sequence[FileColumn], head: Any) -> Any:
    sheet = book.add_worksheet()
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 30 if column.kind is Kind.TEXT else 16)
        sheet.write_string(0, place, column.head, head)
    sheet.freeze_panes(1, 0)
    return sheet


def _write(sheet: Any, at: int, place: int, value: Value, form: Any) -> None:
    # Each kind has its own call: `write` would take text that begins with "=" for a formula.
    match value:
        case None | "":
            return
        case str():
            sheet.write_string(at, place, value)
        case datetime() | date():
            sheet.write_datetime(at, place, value, form)
        case int() | Decimal():
            sheet.write_number(at, place, value, form)


def _as_text(value: Value) -> str:
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _file() -> IO[bytes]:
    return cast("IO[bytes]", SpooledTemporaryFile(max_size=IN_MEMORY))


def _sent(file: IO[bytes], name: str, content_type: str) -> FileResponse:
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


class _Encoded:
    """A text file over a binary one, for the CSV writer."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
