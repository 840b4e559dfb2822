"""What every benchmark stands on: a database of its own, a workspace, interleaved rounds and a printed table."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))


def scaled(rows: int) -> int:
    """Return the number of rows to measure with; `BENCH_SCALE=0.01` makes every benchmark a hundredth."""
    return max(100, int(rows * float(os.environ.get("BENCH_SCALE", "1"))))


@contextmanager
def stage() -> Iterator[Path]:
    """Start an embedded server in a folder of its own, migrated; everything is removed afterwards.

    A benchmark that keeps what it built names the folder in `BENCH_FOLDER`; that one stays.
    """
    kept = os.environ.get("BENCH_FOLDER")
    folder = Path(kept or tempfile.mkdtemp(prefix="tallystick-bench-"))
    os.environ.update(TALLYSTICK_VAR=str(folder), DJANGO_SETTINGS_MODULE="tallystick.settings")
    if "BENCH_DATABASE_URL" in os.environ:
        os.environ["DATABASE_URL"] = os.environ["BENCH_DATABASE_URL"]
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tallystick.platform.database.roles import as_owner
    from tallystick.platform.database.security import secure

    try:
        with as_owner(connection):
            call_command("migrate", interactive=False, verbosity=0)
            secure(connection)
        yield folder
    finally:
        connection.close()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def workspace(slug: str) -> Iterator[int]:
    """Make a workspace in euros and enter its scope."""
    from tallystick.platform.models import Workspace
    from tallystick.platform.tenancy import scope

    made = Workspace.objects.create(slug=slug, name=slug, currency="EUR", time_zone="UTC")
    with scope(workspace_id=made.pk):
        yield made.pk


def run_as_owner(statement: str, parameters: Mapping[str, Any] | None = None) -> None:
    """Run SQL that sets a stage, past the policies."""
    from django.db import connection

    from tallystick.platform.database.roles import as_owner

    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def interleaved(rounds: int, **sides: Callable[[], object]) -> dict[str, list[tuple[float, float]]]:
    """Run the sides in turn and return for each its wall and CPU seconds (this process), a pair a round."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            wall, cpu = time.perf_counter(), time.process_time()
            side()
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return times


def processor() -> float:
    """Return the seconds of the processor that this process and its session's server have used."""
    from django.db import connection

    connection.ensure_connection()
    of_server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(of_server) / 1e9


def medians(times: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the medians of wall and CPU seconds."""
    return statistics.median(wall for wall, _ in times), statistics.median(cpu for _, cpu in times)


def peak_memory() -> str:
    """Return the most memory this process has held, in MiB."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MiB"


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table as Markdown, ready for the docs."""
    print(f"\n{title}\n")
    print("| " + " | ".join(header) + " |")
    print("|---" * len(header) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()
