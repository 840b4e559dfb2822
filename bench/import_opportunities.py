"""Import of 1,000,000 opportunity rows against a bare COPY of the same rows (target 2: at least 0.35 ×)."""

from __future__ import annotations

import csv
import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from stage import ROUNDS, interleaved, medians, peak_memory, run_as_owner, scaled, stage, table, workspace

ROWS = scaled(1_000_000)
HEADER = [
    "Opportunity ID",
    "Opportunity Name",
    "Account Name",
    "Stage",
    "Amount",
    "Created Date",
    "Close Date",
    "Opportunity Owner",
]
STAGES = ["Prospecting", "Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost"]


def write_file(path: Path) -> None:
    """Write a Salesforce export with as many accounts as a fiftieth of its rows."""
    first = date(2022, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for number in range(ROWS):
            opened = first + timedelta(days=number % 1_500)
            writer.writerow(
                [
                    f"006{number:09d}",
                    f"Deal {number}",
                    f"Account {number % (ROWS // 50 + 1)}",
                    STAGES[number % len(STAGES)],
                    f"${number % 900_000 + 1_000:,}",
                    opened.isoformat(),
                    (opened + timedelta(days=90)).isoformat(),
                    f"Owner {number % 40}",
                ]
            )


def main() -> None:
    """Measure and print."""
    with stage() as folder:
        from tallystick.crm.rules.fields import Kind
        from tallystick.crm.services.loading import run_import
        from tallystick.crm.services.reading import FileRequest
        from tallystick.platform.actors import Actor

        path = folder / "opportunities.csv"
        write_file(path)
        numbers = itertools.count()

        def imported() -> None:
            with workspace(f"import-{next(numbers)}"):
                request = FileRequest(path=path, kind=Kind.OPPORTUNITIES, source="salesforce")
                result = run_import(Actor.command("bench"), request=request, at=datetime.now(tz=UTC))
                if result.added != ROWS:
                    raise SystemExit(f"The import went wrong: {result}")

        imported()
        rows = _copy_out(folder / "rows")
        run_as_owner("CREATE TABLE plain AS SELECT * FROM crm_opportunity WITH NO DATA")
        times = interleaved(
            ROUNDS,
            plain=lambda: _copy_in(rows, table="plain", workspace_id=0),
            bare=lambda: _copy_in(rows, table="crm_opportunity", workspace_id=_new_workspace(next(numbers))),
            imported=imported,
        )
        (plain, _), (bare, _), (wall, cpu) = (medians(times[name]) for name in ("plain", "bare", "imported"))
        table(
            f"Import of {ROWS:,} opportunities, median of {ROUNDS} interleaved rounds",
            ["What", "Wall", "CPU here", "Rows a second", "Against COPY into the same table"],
            [
                [
                    "COPY into a table without keys",
                    f"{plain:.1f} s",
                    "",
                    f"{ROWS / plain:,.0f}",
                    f"{bare / plain:.2f} ×",
                ],
                ["COPY into the same table, by its owner", f"{bare:.1f} s", "", f"{ROWS / bare:,.0f}", "1"],
                ["import", f"{wall:.1f} s", f"{cpu:.1f} s", f"{ROWS / wall:,.0f}", f"{bare / wall:.2f} ×"],
            ],
        )
        print(f"\nMost memory held: {peak_memory()}.")


def _columns() -> str:
    from tallystick.crm.models import Opportunity

    columns = [field.column for field in Opportunity._meta.concrete_fields]
    return ", ".join(f'"{column}"' for column in columns if column not in {"id", "workspace_id"})


def _copy_out(path: Path) -> Path:
    """Write the rows an import made, ready for a bare COPY."""
    from django.db import connection

    from tallystick.platform.database.roles import as_owner

    with as_owner(connection), connection.cursor() as cursor, path.open("wb") as stream:
        query = f"COPY (SELECT {_columns()} FROM crm_opportunity) TO STDOUT"  # noqa: S608
        with cursor.cursor.copy(query) as copy:
            for block in copy:
                stream.write(block)
    return path


def _copy_in(path: Path, *, table: str, workspace_id: int) -> None:
    """COPY the rows into a table as its owner, past policies, with all its keys and references."""
    from django.db import connection

    from tallystick.platform.database.roles import as_owner

    with as_owner(connection), connection.cursor() as cursor, path.open("rb") as stream:
        cursor.execute(f"ALTER TABLE {table} ALTER workspace_id SET DEFAULT {workspace_id}")
        with cursor.cursor.copy(f"COPY {table} ({_columns()}) FROM STDIN") as copy:
            while block := stream.read(1 << 20):
                copy.write(block)


def _new_workspace(number: int) -> int:
    with workspace(f"bare-{number}") as made:
        return made


if __name__ == "__main__":
    main()
