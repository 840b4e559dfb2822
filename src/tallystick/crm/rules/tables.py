"""A table as it stands in a file: a header and batches of rows with their true line numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Protocol, TypeAlias

from tallystick.crm.rules.problems import UnreadableFile

Cell: TypeAlias = str | Decimal | date
"""Text as it stands; a spreadsheet's typed cells stay numbers and dates."""

BATCH_ROWS: Final = 8_000


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row with more or fewer cells than the header."""

    line: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as wide as the header, the line on which each begins, and apart from them the ragged ones."""

    lines: Sequence[int]
    rows: list[list[Cell]]
    ragged: list[RaggedRow] = field(default_factory=list)


class Table(Protocol):
    """A file that can be read from its beginning as often as needed."""

    @property
    def header(self) -> tuple[str, ...]:
        """The column names, tidied; a column without a name is ""."""

    @property
    def described(self) -> str:
        """How the file is read, for people: format, encoding, separator."""

    def batches(self) -> Iterator[Batch]:
        """Yield the rows below the header; memory stays bounded by one batch."""


def tidy_header(cells: Sequence[Cell], *, line: int) -> tuple[str, ...]:
    """Return the header's names in NFC without outer and repeated blanks.

    Raises UnreadableFile when two columns have the same name in any case, or no column has one.
    """
    names = tuple(
        re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(cell)).strip("\ufeff \t\r\n\xa0")) for cell in cells
    )
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        folded = name.casefold()
        if folded and folded in seen:
            raise UnreadableFile(
                f'Columns {seen[folded]} and {position} are both called "{name}". Rename or remove one of them.',
                line=line,
            )
        seen[folded] = position
    if not any(names):
        raise UnreadableFile("The first row holds no column names.", line=line)
    return names


def sort_out(lines: Sequence[int], rows: list[list[Cell]], *, width: int) -> Batch:
    """Drop blank rows and set ragged ones apart; `lines` and `rows` are parallel."""
    if set(map(len, rows)) == {width} and not any(row[0] == "" and not any(row) for row in rows):
        return Batch(lines, rows)
    kept_lines: list[int] = []
    kept: list[list[Cell]] = []
    ragged: list[RaggedRow] = []
    for line, row in zip(lines, rows, strict=True):
        if not any(cell != "" for cell in row):
            continue
        if len(row) == width:
            kept_lines.append(line)
            kept.append(row)
        else:
            ragged.append(RaggedRow(line, row))
    return Batch(kept_lines, kept, ragged)
