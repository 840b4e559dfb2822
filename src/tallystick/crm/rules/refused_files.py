"""Files of refused rows: what is written so that a spreadsheet runs nothing, and read back as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tallystick.crm.rules.tables import Batch, Cell, Table

REASON_COLUMNS: Final = ("Refused line", "Refused column", "Refused value", "Reason")
"""Columns that such a file carries in front of the original ones."""

_FORMULA: Final = re.compile(r"[\s'\"]*[=+\-@\t\r\n＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]\d[\d,]*(\.\d+)?", re.ASCII)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a plain signed number stays a number."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def without_reasons(table: Table) -> Table:
    """Return the table as it was before its rows were refused; any other table unchanged."""
    if not set(REASON_COLUMNS) <= set(table.header):
        return table
    return MendedTable(table, tuple(place for place, name in enumerate(table.header) if name not in REASON_COLUMNS))


@dataclass(frozen=True, slots=True)
class MendedTable:
    """A file of refused rows without its columns of reasons and without the quotes against formulas."""

    written: Table
    kept: tuple[int, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The original columns."""
        return tuple(_original(self.written.header[place]) for place in self.kept)

    @property
    def described(self) -> str:
        """How the file is read, for people."""
        return f"{self.written.described}, rows refused before"

    def batches(self) -> Iterator[Batch]:
        """Yield the rows with their original cells."""
        for batch in self.written.batches():
            rows = [[_cell(row[place]) for place in self.kept] for row in batch.rows]
            yield Batch(batch.lines, rows, batch.ragged)


def _cell(cell: Cell) -> Cell:
    return _original(cell) if isinstance(cell, str) else cell


def _original(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
