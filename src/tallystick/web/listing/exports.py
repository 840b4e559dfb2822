"""The rows of a list as a file: CSV, or a workbook with amounts as numbers and days as days.

A CSV file streams: it begins to leave while its rows are still read, in the scope of whoever asked, and memory does not
grow with them. A workbook is a zip archive, which cannot be sent before it is whole: it is written to a temporary file.
Text that a spreadsheet would run as a formula is made harmless in both.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, cast

import structlog
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tallystick.crm.rules.refused_files import harmless
from tallystick.platform.tenancy import current_scope, same_scope
from tallystick.web.ui import formats

IN_MEMORY: Final = 1_000_000
"""Bytes of a workbook that are kept in memory; what is longer goes to the disk."""
ROWS_AT_ONCE: Final = 500
"""Rows of a CSV file that leave together."""
SHEET_ROWS: Final = 1_048_575
"""Rows a worksheet holds below its head."""
MADE_AT_ONCE: Final = 100_000
"""Rows of a workbook that are written while somebody waits, some seconds; what is longer is made by a job."""
WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | Decimal | date | datetime | None
Cells = Iterable[str]
_log = structlog.get_logger("tallystick.exports")


class TooManyRows(Exception):
    """Raised where a workbook would need more rows than a worksheet holds; it reads as a sentence."""

    def __str__(self) -> str:
        """Say what to do instead."""
        return _(
            "A workbook holds %(most)s rows at most, and this list has more. Narrow it, or take the CSV file, which "
            "has no limit."
        ) % {"most": formats.number(SHEET_ROWS)}


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
) -> StreamingHttpResponse:
    """Answer with the rows as "csv", as they are read, or as "xlsx", whole. Raises `TooManyRows` for a workbook."""
    if file_format == "xlsx":
        return workbook_response(name, columns, rows)
    return csv_response(name, [column.head for column in columns], (map(_as_text, row) for row in rows))


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Cells]) -> StreamingHttpResponse:
    """Answer with a CSV file that spreadsheets open as it is; cells that would be formulas are made harmless.

    UTF-8 with a byte-order mark, comma separated. The first rows are read at once, so that what fails there is answered
    as an error; the others while the file leaves.
    """
    parts = _csv_parts(name, heads, rows)
    response = StreamingHttpResponse(_joined(next(parts), parts, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.csv")
    return response


def workbook_response(name: str, columns: Sequence[FileColumn], rows: Iterable[Sequence[Value]]) -> FileResponse:
    """Answer with a workbook: text stays text, amounts are numbers, days are days. Raises `TooManyRows`."""
    file = cast("IO[bytes]", SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - the answer closes it
    write_workbook(file, columns, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=WORKBOOK_TYPE)


def write_workbook(file: IO[bytes], columns: Sequence[FileColumn], rows: Iterable[Sequence[Value]]) -> int:
    """Write the rows as a workbook into a file and return how many there were. Raises `TooManyRows`."""
    # Read only when someone asks for a workbook: no page and no command waits for it.
    import xlsxwriter

    at = 0
    with xlsxwriter.Workbook(file, {"constant_memory": True, "remove_timezone": True}) as book:
        sheet = _sheet(book, columns)
        write = _Writers(book, sheet)
        for at, row in enumerate(rows, 1):
            if at > SHEET_ROWS:
                raise TooManyRows
            for place, value in enumerate(row):
                if value is not None and value != "":
                    write[type(value)](at, place, value)
    return at


def _csv_parts(name: str, heads: Sequence[str], rows: Iterable[Cells]) -> Iterator[bytes]:
    """Yield a file in parts, each read in the surroundings of the first.

    The server ends an answer that fails as if it were whole, and nothing can be taken back by then: so that a file
    which breaks off looks like none that is complete, its last line says so.
    """
    inside, remaining, lines, sent = _surroundings(), iter(rows), _Lines(), 0
    broken_off = _("This file is incomplete: an error stopped it here. Export it again.")
    writer = csv.writer(lines)
    lines.write("\ufeff")
    writer.writerow(heads)
    while True:
        try:
            with inside():
                part = [[harmless(cell) for cell in cells] for cells in islice(remaining, ROWS_AT_ONCE)]
        except Exception:
            if not sent:
                raise
            _log.exception("export_broke_off", file=name, rows=sent)
            writer.writerow([broken_off])
            yield lines.taken()
            raise
        writer.writerows(part)
        sent += len(part)
        yield lines.taken()
        if len(part) < ROWS_AT_ONCE:
            return


def _joined(first: bytes, parts: Iterator[bytes], rows: Iterable[Cells]) -> Iterator[bytes]:
    """Yield all parts; whoever goes away before the last leaves no cursor open."""
    try:
        yield first
        yield from parts
    finally:
        if isinstance(rows, Generator):
            rows.close()


def _surroundings() -> Callable[[], AbstractContextManager[None]]:
    """Return what enters this scope, time zone and language again: the request has left them when a file goes on."""
    kept, zone, language = current_scope(), timezone.get_current_timezone(), translation.get_language()

    @contextmanager
    def again() -> Iterator[None]:
        with ExitStack() as entered:
            entered.enter_context(same_scope(kept))
            entered.enter_context(timezone.override(zone))
            entered.enter_context(translation.override(language))
            yield

    return again


def _sheet(book: Any, columns: Sequence[FileColumn]) -> Any:
    """Return the worksheet with its head; how numbers look is said once for each column."""
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    numbers = {
        Kind.AMOUNT: book.add_format({"num_format": "#,##0.00###"}),
        Kind.COUNT: book.add_format({"num_format": "0"}),
    }
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 30 if column.kind is Kind.TEXT else 16, numbers.get(column.kind))
        sheet.write_string(0, place, column.head, bold)
    sheet.freeze_panes(1, 0)
    return sheet


class _Writers(dict[type, Callable[[int, int, Any], Any]]):
    """Writes a value by its type. `write` would look at each anew, and take text that begins with "=" as a formula."""

    def __init__(self, book: Any, sheet: Any) -> None:
        super().__init__()
        self._sheet = sheet
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def __missing__(self, kind: type) -> Callable[[int, int, Any], Any]:
        write = self[kind] = self._writer(kind)
        return write

    def _writer(self, kind: type) -> Callable[[int, int, Any], Any]:
        if issubclass(kind, datetime | date):
            form = self._moment if issubclass(kind, datetime) else self._day
            return lambda at, place, value: self._sheet.write_datetime(at, place, value, form)
        write: Callable[[int, int, Any], Any] = (
            self._sheet.write_string if issubclass(kind, str) else self._sheet.write_number
        )
        return write


class _Lines:
    """Collects what the CSV writer writes until it is taken."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def write(self, text: str) -> None:
        self._written.append(text)

    def taken(self) -> bytes:
        """Return what was written since the last time, and forget it."""
        taken = "".join(self._written).encode()
        self._written.clear()
        return taken


def _as_text(value: Value) -> str:
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)
