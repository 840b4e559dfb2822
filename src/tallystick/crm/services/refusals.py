"""Keeps refused rows with their cells, and writes them to a file that can be mended and loaded again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from psycopg import Cursor, sql

from tallystick.crm.models import Import, ImportRefusal
from tallystick.crm.rules.readers import copy_text, plain_text
from tallystick.crm.rules.refused_files import REASON_COLUMNS, harmless
from tallystick.crm.rules.tables import Cell
from tallystick.crm.services.reading import FilePlan
from tallystick.crm.services.scope import ImportScope, count


def keep_refusals(raw: Cursor[Any], scope: ImportScope, plan: FilePlan) -> int:
    """Move the refusals of this load into the books, each with the row as it stood; return how many."""
    _fill_in_cells(raw, plan)
    raw.execute(
        sql.SQL(
            'INSERT INTO crm_importrefusal (workspace_id, batch_id, line, "column", value, reason, "row") '
            "SELECT {workspace}, {batch}, line, left(header, 255), coalesce(value, ''), reason, cells "
            "FROM import_refusals ORDER BY line"
        ).format(workspace=scope.workspace_id, batch=scope.import_id)
    )
    return raw.rowcount


def _fill_in_cells(raw: Cursor[Any], plan: FilePlan) -> None:
    """Read the file once more for the cells of rows that were refused by set."""
    if not count(raw, "SELECT count(*) FROM import_refusals WHERE cells IS NULL"):
        return
    raw.execute("CREATE TEMPORARY TABLE import_cells (line integer, cells jsonb) ON COMMIT DROP")
    with raw.connection.cursor(name="refused_lines") as stream:
        stream.execute("SELECT DISTINCT line FROM import_refusals WHERE cells IS NULL ORDER BY line")
        wanted = (int(line) for (line,) in stream)
        for text in _cells_of(plan, wanted):
            with raw.copy("COPY import_cells FROM STDIN") as copy:
                copy.write(text)
    raw.execute(
        "UPDATE import_refusals r SET cells = c.cells FROM import_cells c WHERE c.line = r.line AND r.cells IS NULL"
    )
    raw.execute("DROP TABLE import_cells")


def _cells_of(plan: FilePlan, wanted: Iterator[int]) -> Iterator[str]:
    line = next(wanted, None)
    for batch in plan.table.batches():
        found: list[str] = []
        for at, row in zip(batch.lines, batch.rows, strict=True):
            if at == line:
                found.append(f"{at}\t{copy_text(as_json(row))}\n")
                line = next(wanted, None)
        if found:
            yield "".join(found)
        if line is None:
            return


def as_json(row: list[Cell]) -> str:
    """Return a row's cells as a JSON list of texts."""
    return json.dumps([plain_text(cell) for cell in row], ensure_ascii=False)


def write_refused_rows(batch: Import, path: Path) -> int:
    """Write an import's refused rows as CSV (UTF-8 with a mark, so that spreadsheets read it); return how many.

    The original columns keep their names and order; columns with line, column, value and reason stand before them and
    are ignored when the mended file is loaded. Cells that a spreadsheet would run as a formula are quoted with '.
    """
    header = list(batch.reading["header"])
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*REASON_COLUMNS, *map(harmless, header)])
        rows = ImportRefusal.objects.filter(batch=batch).order_by("line", "pk").iterator(chunk_size=5_000)
        for _, same_line in groupby(rows, key=lambda refusal: (refusal.line, refusal.row)):
            refusal = next(same_line)
            reasons = (str(refusal.line), refusal.column, refusal.value, refusal.reason)
            writer.writerow([harmless(cell) for cell in (*reasons, *refusal.row)])
            written += 1
    return written
