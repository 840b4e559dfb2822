"""CSV files as they really are: any of four separators, quoted cells over several lines, ragged rows.

A broken quote makes every following cell doubtful, so it refuses the whole file and names the line where the quote
was opened. Everything else is a matter of single rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tallystick.crm.rules.problems import UnreadableFile
from tallystick.crm.rules.tables import BATCH_ROWS, Batch, Cell, sort_out, tidy_header

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LONGEST_CELL: Final = 4 * 1024 * 1024
_SAMPLE_LINES: Final = 60
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_EXCEL_SEPARATOR: Final = re.compile(r"^sep=(.)\s*$", re.IGNORECASE)

csv.field_size_limit(_LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """A CSV file with what was found out about it; `skipped` lines stand before the header."""

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    skipped: int

    @property
    def described(self) -> str:
        """How the file is read, for people."""
        return f"CSV, {self.encoding}, separated by {SEPARATORS.get(self.separator, self.separator)}"

    def batches(self) -> Iterator[Batch]:
        """Yield the rows below the header in batches. Raises UnreadableFile for a broken quote or encoding."""
        with self.path.open(encoding=self.encoding, newline="") as stream:
            for _ in range(self.skipped):
                next(stream)
            reader = csv.reader(stream, delimiter=self.separator, strict=True)
            for lines, rows in self._numbered(reader):
                batch = sort_out(lines, rows, width=len(self.header))
                if batch.rows or batch.ragged:
                    yield batch

    def _numbered(self, reader: Reader) -> Iterator[tuple[Sequence[int], list[list[Cell]]]]:
        self._take(reader, 1)
        while True:
            first = self.skipped + reader.line_num + 1
            rows = self._take(reader, BATCH_ROWS)
            if not rows:
                return
            spanned = self.skipped + reader.line_num + 1 - first
            yield range(first, first + len(rows)) if spanned == len(rows) else _line_numbers(first, rows), rows

    def _take(self, reader: Reader, count: int) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        before = reader.line_num
        try:
            rows.extend(cast("Iterator[list[Cell]]", islice(reader, count)))
        except csv.Error as error:
            begun = self.skipped + before + 1 + sum(_lines_of(row) for row in rows)
            raise self._broken_quote(begun, str(error)) from None
        except UnicodeError as error:
            near = self.skipped + reader.line_num + 1
            raise UnreadableFile(f"The bytes here are not {self.encoding}: {error}.", line=near) from None
        return rows

    def _broken_quote(self, begun: int, reason: str) -> UnreadableFile:
        opened = begun + self._lines_before_last_cell(begun)
        if "expected after" in reason:
            return UnreadableFile(
                "Text follows the closing quote of a cell. Double the quotes inside a quoted cell, or remove them.",
                line=opened,
            )
        if "unexpected end" in reason:
            return UnreadableFile("A quoted cell is opened here and never closed. Add the closing quote.", line=opened)
        return UnreadableFile(
            f"A cell that begins here is longer than {_LONGEST_CELL // 2**20} MB: its closing quote may be missing.",
            line=opened,
        )

    def _lines_before_last_cell(self, begun: int) -> int:
        """Count the line ends inside the cells before the broken one of the row that begins at line `begun`."""
        with self.path.open(encoding=self.encoding, newline="") as stream:
            row: list[str] = []
            try:
                row = next(csv.reader(islice(stream, begun - 1, begun + 10_000), delimiter=self.separator), [])
            except csv.Error:
                return 0
        return sum(len(_LINE_END.findall(cell)) for cell in row[:-1])


def open_delimited(path: Path, *, encoding: str, separator: str | None = None) -> DelimitedTable:
    """Find separator and header of a CSV file. Raises UnreadableFile when there is none."""
    try:
        with path.open(encoding=encoding, newline="") as stream:
            sample = list(islice(stream, _SAMPLE_LINES))
    except UnicodeError as error:
        raise UnreadableFile(f"The bytes are not {encoding}: {error}.") from None
    skipped = 0
    if sample and (told := _EXCEL_SEPARATOR.match(sample[0])):
        separator = separator or told.group(1)
        skipped = 1
    while skipped < len(sample) and not sample[skipped].strip(" \t\r\n,;|"):
        skipped += 1
    if skipped == len(sample):
        raise UnreadableFile("The file is empty.")
    separator = separator or guess_separator(sample[skipped:])
    try:
        header = next(csv.reader(sample[skipped:], delimiter=separator, strict=True))
    except csv.Error:
        raise UnreadableFile("The header row has a quote that is never closed.", line=skipped + 1) from None
    return DelimitedTable(path, encoding, separator, tidy_header(header, line=skipped + 1), skipped)


def guess_separator(lines: Sequence[str]) -> str:
    """Return the separator that cuts the lines into the most even columns; a comma when none cuts anything."""
    scores: list[tuple[float, int, str]] = []
    for separator in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        if widths and widths[0] > 1:
            scores.append((widths.count(widths[0]) / len(widths), widths[0], separator))
    return max(scores)[2] if scores else ","


def _lines_of(row: list[Cell]) -> int:
    return 1 + sum(len(_LINE_END.findall(cell)) for cell in row if isinstance(cell, str))


def _line_numbers(first: int, rows: list[list[Cell]]) -> list[int]:
    numbers: list[int] = []
    for row in rows:
        numbers.append(first)
        first += _lines_of(row)
    return numbers
