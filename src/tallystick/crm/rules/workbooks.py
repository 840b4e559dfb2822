"""XLSX workbooks, refused before parsing when they would unpack to something far larger than they look.

The archive's own figures are not believed: every entry is unpacked once with a counter and thrown away. Only then does
the parser see the file. A workbook is read into memory as a whole, so its size is limited; CSV is not.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from tallystick.crm.rules.problems import UnreadableFile
from tallystick.crm.rules.tables import BATCH_ROWS, Batch, Cell, sort_out, tidy_header

MOST_ENTRIES: Final = 2_000
MOST_UNPACKED: Final = 256 * 1024 * 1024
HIGHEST_RATIO: Final = 150
_RATIO_APPLIES_FROM: Final = 4 * 1024 * 1024
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkbookTable:
    """The first visible sheet of a workbook that holds anything, or the one asked for."""

    path: Path
    sheet: str
    header: tuple[str, ...]
    first_line: int

    @property
    def described(self) -> str:
        """How the file is read, for people."""
        return f'XLSX, sheet "{self.sheet}"'

    def batches(self) -> Iterator[Batch]:
        """Yield the rows below the header in batches; line numbers are the sheet's own row numbers."""
        rows = islice(_rows(_open(self.path).get_sheet_by_name(self.sheet)), self.first_line, None)
        line, width = self.first_line + 1, len(self.header)
        while chunk := [_without_trailing_blanks(row, width) for row in islice(rows, BATCH_ROWS)]:
            batch = sort_out(range(line, line + len(chunk)), chunk, width=width)
            line += len(chunk)
            if batch.rows or batch.ragged:
                yield batch


def sheets_of(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's visible sheets; () for a file that is none. Raises UnreadableFile."""
    if not zipfile.is_zipfile(path):
        return ()
    refuse_bombs(path)
    return tuple(about.name for about in _open(path).sheets_metadata if about.visible is SheetVisibleEnum.Visible)


def open_workbook(path: Path, *, sheet: str = "") -> WorkbookTable:
    """Check the archive, choose the sheet and read its header. Raises UnreadableFile."""
    refuse_bombs(path)
    workbook = _open(path)
    for about in workbook.sheets_metadata:
        if about.visible is not SheetVisibleEnum.Visible or (sheet and about.name != sheet):
            continue
        for line, row in enumerate(_rows(workbook.get_sheet_by_name(about.name)), start=1):
            if any(cell != "" for cell in row):
                while row and row[-1] == "":
                    row.pop()
                return WorkbookTable(path, about.name, tidy_header(row, line=line), line)
    if sheet:
        raise UnreadableFile(f'The sheet "{sheet}" holds no row, or the workbook has no visible sheet of that name.')
    raise UnreadableFile("No visible sheet of the workbook holds a row.")


def refuse_bombs(path: Path) -> None:
    """Unpack every entry once, counting, and stop at the limits. Raises UnreadableFile."""
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise UnreadableFile(f"The workbook holds {len(entries):,} parts; {MOST_ENTRIES:,} are allowed.")
            _refuse_size(sum(entry.file_size for entry in entries), packed)
            if not any(entry.filename.startswith("xl/") for entry in entries):
                raise UnreadableFile("This archive is no XLSX workbook.")
            unpacked = 0
            for entry in entries:
                unpacked += _count(archive, entry, already=unpacked, packed=packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(f"The workbook is damaged or protected by a password: {error}.") from None


def _count(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, already: int, packed: int) -> int:
    counted = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            if not counted and b"<!DOCTYPE" in chunk[:4_096]:
                raise UnreadableFile(f"The part {entry.filename} of the workbook declares a document type.")
            counted += len(chunk)
            _refuse_size(already + counted, packed)
    return counted


def _refuse_size(unpacked: int, packed: int) -> None:
    if unpacked > MOST_UNPACKED:
        raise UnreadableFile(
            f"The workbook unpacks to more than {MOST_UNPACKED // 2**20} MB. Save it as CSV: that has no limit."
        )
    if unpacked > _RATIO_APPLIES_FROM and unpacked > packed * HIGHEST_RATIO:
        raise UnreadableFile(
            f"The workbook unpacks to more than {HIGHEST_RATIO} times its size, as a harmful file does. Save it as CSV."
        )


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        raise UnreadableFile(f"The workbook cannot be read: {error}.") from None


def _rows(sheet: CalamineSheet) -> Iterator[list[Cell]]:
    for row in sheet.iter_rows():
        yield [_cell(value) for value in row]


def _cell(value: object) -> Cell:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return Decimal(f"{value:.15g}")
        case datetime():
            return value if (value.hour, value.minute, value.second) != (0, 0, 0) else value.date()
        case date():
            return value
        case _:
            return str(value)


def _without_trailing_blanks(row: list[Cell], width: int) -> list[Cell]:
    """Cut what a sheet pads beyond the header; a cell with content there stays and makes the row ragged."""
    while len(row) > width and row[-1] == "":
        row.pop()
    return row
