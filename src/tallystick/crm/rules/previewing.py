"""The first rows of a file as they will be read, cell by cell, with what is wrong with a cell in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from typing import Final

from tallystick.crm.rules.fields import FIELDS
from tallystick.crm.rules.guessing import Columns
from tallystick.crm.rules.problems import CellRefused, ReadingMisfit
from tallystick.crm.rules.readers import NULL, Read, Refused, plain_text
from tallystick.crm.rules.staging import Context, StageColumn, stage_columns
from tallystick.crm.rules.tables import Cell, Table

ROWS: Final = 10
_UNESCAPED: Final = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


@dataclass(frozen=True, slots=True)
class AmountRead:
    """An amount in minor units of its currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """A cell as it stands in the file, what it is read as, or why it is refused."""

    raw: str
    value: str | date | bool | AmountRead | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row with its line in the file; `problem` is about the row as a whole."""

    line: int
    cells: tuple[PreviewCell, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns that are read, as field name and header, and the first rows."""

    fields: tuple[tuple[str, str], ...]
    rows: tuple[PreviewRow, ...]


def preview_rows(table: Table, columns: Columns, context: Context, *, rows: int = ROWS) -> Preview:
    """Return the first rows as they will be read. Whole files are checked by a trial, not here."""
    settled = replace(context, provisional=False)
    staged = stage_columns(columns, settled)
    fields = tuple(
        (field.name, columns.header[columns.positions[field.name]])
        for field in FIELDS[columns.kind]
        if field.name in columns.positions
    )
    batches = table.batches()
    taken = list(
        islice(
            chain.from_iterable(
                sorted(
                    [
                        *((line, row, True) for line, row in zip(batch.lines[: rows * 2], batch.rows, strict=False)),
                        *((ragged.line, ragged.cells, False) for ragged in batch.ragged),
                    ],
                    key=lambda found: found[0],
                )
                for batch in batches
            ),
            rows,
        )
    )
    width = len(columns.header)
    return Preview(
        fields,
        tuple(
            PreviewRow(line, tuple(_cells(row, fields, columns, staged)))
            if whole
            else PreviewRow(line, (), f"{len(row)}/{width}")
            for line, row, whole in taken
        ),
    )


def _cells(
    row: Sequence[Cell],
    fields: Sequence[tuple[str, str]],
    columns: Columns,
    staged: Sequence[StageColumn],
) -> Iterator[PreviewCell]:
    read = {column.name: _read(column, row) for column in staged}
    for name, _ in fields:
        raw = plain_text(row[columns.positions[name]])
        found = next((read[alias] for alias in (name, f"{name}_minor", f"{name}_named") if alias in read), None)
        if isinstance(found, Refused):
            yield PreviewCell(raw, problem=found.reason)
        else:
            yield PreviewCell(raw, value=_value(name, found, raw, read, staged))


def _read(column: StageColumn, row: Sequence[Cell]) -> Read:
    try:
        return column.reader.read([[row[place]] for place in column.inputs])[0]
    except (CellRefused, ReadingMisfit) as refusal:
        return Refused(str(refusal))


def _value(
    name: str, found: Read | None, raw: str, read: dict[str, Read], staged: Sequence[StageColumn]
) -> str | date | bool | AmountRead | None:
    if found is None or not isinstance(found, str):
        return raw or None
    if found == NULL:
        return None
    types = {column.name: column.sql_type for column in staged}
    currency = read.get("currency")
    if f"{name}_minor" in types:
        return AmountRead(int(found), currency) if isinstance(currency, str) else raw
    match types.get(name):
        case "date":
            return date.fromisoformat(found)
        case "boolean":
            return found == "t"
        case _:
            return _unescaped(found) or None


def _unescaped(text: str) -> str:
    for escape, plain in _UNESCAPED.items():
        text = text.replace(escape, plain)
    return text
