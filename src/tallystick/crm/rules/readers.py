"""Reads whole columns of cells into the text form that PostgreSQL's COPY takes.

A value is read once and remembered, because columns repeat themselves; the memory is bounded. A cell that cannot be
taken becomes a `Refused` in its place, so that columns stay parallel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol, TypeAlias

from tallystick.crm.rules.problems import CellRefused, ReadingMisfit
from tallystick.crm.rules.tables import Cell

NULL: Final = "\\N"
_REMEMBERED: Final = 50_000
_LONGEST_PLAIN_NUMBER: Final = 12
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS_ESCAPE: Final = re.compile(r"[\\\t\n\r]")


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands where a value would: why it cannot be taken, and how to mend it."""

    reason: str


Read: TypeAlias = str | Refused


class Reader(Protocol):
    """Turns the cells of one or more columns into one column of COPY text."""

    def read(self, columns: Sequence[Sequence[Cell]]) -> Sequence[Read]:
        """Return one value a row."""


class TextReader:
    """Reads text as it stands: trimmed, in NFC, never interpreted, so that 00123 and 1E5 stay what they are."""

    def __init__(self, *, longest: int, required: bool) -> None:
        self._longest = longest
        self._required = required

    def read(self, columns: Sequence[Sequence[Cell]]) -> Sequence[Read]:
        """Return one text a row; whole columns of harmless text are passed through at once."""
        (cells,) = columns
        if set(map(type, cells)) == {str}:
            texts = list(map(str.strip, cells))  # type: ignore[arg-type]
            everything = "".join(texts)
            harmless = everything.isascii() and not _NEEDS_ESCAPE.search(everything)
            if harmless and max(map(len, texts)) <= self._longest and not (self._required and "" in texts):
                return texts
        return [self._one(cell) for cell in cells]

    def _one(self, cell: Cell) -> Read:
        try:
            return copy_text(checked_text(cell, longest=self._longest, required=self._required))
        except CellRefused as refusal:
            return Refused(str(refusal))


class _Memory(dict[object, Read]):
    """Remembers what each value became."""

    def __init__(self, interpret: Callable[[object], Read]) -> None:
        super().__init__()
        self._interpret = interpret

    def __missing__(self, cell: object) -> Read:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[cell] = self._interpret(cell)
        return found


class ValueReader:
    """Reads each distinct cell, or row of several cells, through a function that returns COPY text.

    A `provisional` column's reading was decided from its first rows only: a value that contradicts it is raised as
    ReadingMisfit, so that the whole column can be looked at before anything is refused.
    """

    def __init__(self, interpret: Callable[..., str], *, provisional: bool = False) -> None:
        self._interpret = interpret
        self._provisional = provisional
        self._single = _Memory(self._guarded)
        self._several = _Memory(lambda cells: self._guarded(*cells))  # type: ignore[misc]

    def read(self, columns: Sequence[Sequence[Cell]]) -> Sequence[Read]:
        """Return one value a row."""
        if len(columns) == 1:
            return list(map(self._single.__getitem__, columns[0]))
        return list(map(self._several.__getitem__, zip(*columns, strict=True)))

    def _guarded(self, *cells: object) -> Read:
        try:
            return self._interpret(*cells)
        except ReadingMisfit as misfit:
            if self._provisional:
                raise
            return Refused(str(misfit))
        except CellRefused as refusal:
            return Refused(str(refusal))


class PlainNumbers:
    """Reads columns that hold nothing but whole numbers at once, as most amounts are; leaves others to `careful`.

    `plain` turns such a number into COPY text; `blank` is what a blank cell becomes, None where it may not be blank.
    """

    def __init__(self, careful: Reader, *, plain: Callable[[str], str], blank: str | None) -> None:
        self._careful = careful
        self._plain = plain
        self._blank = blank

    def read(self, columns: Sequence[Sequence[Cell]]) -> Sequence[Read]:
        """Return one value a row."""
        (cells,) = columns
        if set(map(type, cells)) == {str}:
            digits = "".join(cells)  # type: ignore[arg-type]
            short = max(map(len, cells)) <= _LONGEST_PLAIN_NUMBER  # type: ignore[arg-type]
            if short and digits.isascii() and digits.isdigit() and not (self._blank is None and "" in cells):
                blank = self._blank or ""
                return [self._plain(cell) if cell else blank for cell in cells]  # type: ignore[arg-type]
        return self._careful.read(columns)


def plain_text(cell: Cell) -> str:
    """Return a cell as trimmed text in NFC; a spreadsheet's whole numbers lose their decimals."""
    match cell:
        case str():
            return unicodedata.normalize("NFC", cell).strip() if not cell.isascii() else cell.strip()
        case Decimal():
            return f"{cell:f}" if cell != cell.to_integral_value() else f"{cell.to_integral_value():f}"
        case datetime():
            return cell.isoformat(sep=" ", timespec="minutes")
        case date():
            return cell.isoformat()


def checked_text(cell: Cell, *, longest: int, required: bool) -> str:
    """Return a cell as text. Raises CellRefused when it is too long, or blank though required."""
    text = plain_text(cell)
    if required and not text:
        raise CellRefused("The cell is blank. It must be filled.")
    if len(text) > longest:
        raise CellRefused(f"The text has {len(text):,} characters; {longest:,} are allowed. Shorten it.")
    return text


def copy_text(text: str) -> str:
    """Return text with the characters escaped that separate cells and rows in COPY."""
    return text.translate(_ESCAPES) if _NEEDS_ESCAPE.search(text) else text
