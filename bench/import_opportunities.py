"""Import of 1,000,000 opportunity rows against a bare COPY of the same file (target 2: at least 0.35 ×, better 0.5 ×)."""

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
        from django.db import connection

        from tallystick.crm.rules.fields import Kind
        from tallystick.crm.services.loading import run_import
        from tallystick.crm.services.reading import FileRequest
        from tallystick.platform.actors import Actor

        path = folder / "opportunities.csv"
        write_file(path)
        run_as_owner(
            "CREATE TABLE bare (id text, name text, account text, stage text, amount text, created date, closes date,"
            " owner text)"
        )
        run_as_owner("GRANT ALL ON bare TO tallystick_app")
        numbers = itertools.count()

        def bare() -> None:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM bare")
                with cursor.cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy, path.open("rb") as stream:
                    while block := stream.read(1 << 20):
                        copy.write(block)

        def imported() -> None:
            with workspace(f"import-{next(numbers)}"):
                request = FileRequest(path=path, kind=Kind.OPPORTUNITIES, source="salesforce")
                result = run_import(Actor.command("bench"), request=request, at=datetime.now(tz=UTC))
                assert result.added == ROWS, result

        times = interleaved(ROUNDS, bare=bare, imported=imported)
        (bare_wall, _), (wall, cpu) = medians(times["bare"]), medians(times["imported"])
        table(
            f"Import of {ROWS:,} opportunities, median of {ROUNDS} interleaved rounds",
            ["What", "Wall", "CPU here", "Rows a second", "Against bare COPY"],
            [
                ["bare COPY", f"{bare_wall:.2f} s", "", f"{ROWS / bare_wall:,.0f}", "1"],
                ["import", f"{wall:.2f} s", f"{cpu:.2f} s", f"{ROWS / wall:,.0f}", f"{bare_wall / wall:.2f} ×"],
            ],
        )
        print(f"\nMost memory held: {peak_memory()}.")


if __name__ == "__main__":
    main()
