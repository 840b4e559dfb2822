"""Streams a file into temporary tables of the session: rows that can be taken, and rows that are refused.

`import_rows` holds one row of the file each, with its line; `import_refusals` what was refused and why. Both vanish
with the transaction. Memory holds one batch of rows, whatever the size of the file.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import compress
from operator import itemgetter
from typing import Any

from django.db import connection
from psycopg import Cursor, sql

from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.readers import Read, Refused, copy_text, plain_text
from tallystick.crm.rules.staging import Context, Remarks, StageColumn, stage_columns
from tallystick.crm.rules.tables import Batch, Cell, RaggedRow
from tallystick.crm.services.reading import FilePlan

TEMPORARY = ("import_rows", "import_refusals", "import_incomplete")


@dataclass(slots=True)
class Staged:
    """What came of reading the file: its staging columns, how many rows were read, and remarks for the summary."""

    columns: tuple[StageColumn, ...]
    rows_read: int = 0
    remarks: Remarks = field(default_factory=Remarks)

    def has(self, name: str) -> bool:
        """Tell whether a column was staged."""
        return any(column.name == name for column in self.columns)


def stage_file(plan: FilePlan, *, context: Context, on_rows: Callable[[int], None]) -> Staged:
    """Read the whole file into the temporary tables; `on_rows` hears how many rows were read so far.

    Raises UnreadableFile where the file breaks off, ReadingMisfit where a provisional reading turns out wrong.
    """
    with connection.cursor() as cursor, _cycles_left_alone():
        raw = cursor.cursor
        staged = Staged(stage_columns(plan.columns, context), remarks=context.remarks)
        _create_tables(raw, staged)
        for batch in plan.table.batches():
            _stage_batch(raw, plan, staged, batch)
            staged.rows_read += len(batch.rows) + len(batch.ragged)
            on_rows(staged.rows_read)
        raw.execute("ANALYZE import_rows")
    return staged


@contextmanager
def _cycles_left_alone() -> Iterator[None]:
    """Pause the search for reference cycles: rows have none, and looking through them takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _create_tables(raw: Cursor[Any], staged: Staged) -> None:
    raw.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in TEMPORARY)} CASCADE")
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.sql_type)) for column in staged.columns
    )
    raw.execute(sql.SQL("CREATE TEMPORARY TABLE import_rows (file_line integer, {}) ON COMMIT DROP").format(columns))
    raw.execute(
        "CREATE TEMPORARY TABLE import_refusals (line integer, header text, value text, reason text, cells jsonb) "
        "ON COMMIT DROP"
    )
    raw.execute("CREATE TEMPORARY TABLE import_incomplete (external_id text, line integer) ON COMMIT DROP")


def _stage_batch(raw: Cursor[Any], plan: FilePlan, staged: Staged, batch: Batch) -> None:
    refusals = [_ragged(row, width=len(plan.table.header)) for row in batch.ragged]
    if batch.rows:
        cells = [list(map(itemgetter(place), batch.rows)) for place in range(len(plan.table.header))]
        lines = list(map(str, batch.lines))
        values = [column.reader.read([cells[place] for place in column.inputs]) for column in staged.columns]
        try:
            block = _block(lines, values)
        except TypeError:  # a Refused stands among the texts
            refused = _refused_places(values)
            refusals += _refused_cells(staged.columns, values, refused, batch, cells)
            if plan.kind is Kind.INVOICES:
                _mark_incomplete(raw, staged.columns, values, refused, batch)
            kept = [True] * len(lines)
            for place in refused:
                kept[place] = False
            block = _block(list(compress(lines, kept)), [list(compress(column, kept)) for column in values])
        with raw.copy("COPY import_rows FROM STDIN") as copy:
            copy.write(block)
    if refusals:
        with raw.copy("COPY import_refusals FROM STDIN") as copy:
            copy.write("".join(refusals))


def _block(lines: Sequence[str], values: Sequence[Sequence[Read]]) -> str:
    """Return the rows as COPY text. Raises TypeError when a cell among them was refused."""
    return "".join([f"{row}\n" for row in map("\t".join, zip(lines, *values, strict=True))])


def _refused_places(values: Sequence[Sequence[Read]]) -> list[int]:
    """Return the positions of the rows in which a cell was refused."""
    return sorted({place for column in values for place, value in enumerate(column) if isinstance(value, Refused)})


def _refused_cells(
    columns: Sequence[StageColumn],
    values: Sequence[Sequence[Read]],
    refused: Sequence[int],
    batch: Batch,
    cells: Sequence[Sequence[Cell]],
) -> Iterator[str]:
    """Yield one refusal a row, for the first of its cells that was refused, as COPY text."""
    for place in refused:
        for column, read in zip(columns, values, strict=True):
            if isinstance(read[place], Refused):
                value = " ".join(filter(None, (plain_text(cells[source][place]) for source in column.inputs)))
                yield _refusal(batch.lines[place], column.header, value, read[place].reason, batch.rows[place])  # type: ignore[union-attr]
                break


def _mark_incomplete(
    raw: Cursor[Any],
    columns: Sequence[StageColumn],
    values: Sequence[Sequence[Read]],
    refused: Sequence[int],
    batch: Batch,
) -> None:
    """Remember invoices of which a line was refused: an invoice is loaded whole or not at all."""
    ids = values[next(place for place, column in enumerate(columns) if column.name == "external_id")]
    rows = [f"{ids[place]}\t{batch.lines[place]}\n" for place in refused if isinstance(ids[place], str)]
    with raw.copy("COPY import_incomplete FROM STDIN") as copy:
        copy.write("".join(rows))


def _ragged(row: RaggedRow, *, width: int) -> str:
    reason = f"The row has {len(row.cells)} cells, the header {width}. Add or remove cells, or quote the separator."
    return _refusal(row.line, "", "", reason, row.cells)


def _refusal(line: int, header: str, value: str, reason: str, cells: Sequence[Cell]) -> str:
    texts = json.dumps([plain_text(cell) for cell in cells], ensure_ascii=False)
    return "\t".join((str(line), *map(copy_text, (header, value[:500], reason, texts)))) + "\n"
