"""What every promise is tried on: a folder of its own, a clean environment, and the program as an operator runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
_FOREIGN = ("TALLYSTICK_", "DATABASE_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "PORT")


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with an installation of its own."""

    folder: Path
    programs: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of commands: this one's, without anybody's settings of Tallystick."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        own["TALLYSTICK_VAR"] = str(self.folder / "var")
        own["TALLYSTICK_LOG_LEVEL"] = "WARNING"
        if self.programs is not None:
            own["TALLYSTICK_POSTGRES_PROGRAMS"] = str(self.programs)
        return own

    def tallystick(self, *arguments: str | Path, **variables: str) -> str:
        """Run a command of the program and return what it printed; a command that fails breaks the promise."""
        done = subprocess.run(
            ["tallystick", *map(str, arguments)],
            env=self.environment | variables,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            broken(f"tallystick {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def enter(self) -> None:
        """Let this process itself work in the installation: for set-up and look-ups that no command does."""
        for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
            del os.environ[name]
        os.environ.update(self.environment, DJANGO_SETTINGS_MODULE="tallystick.settings")
        import django

        django.setup()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, past the policies; `enter` first."""
        from django.db import connection

        from tallystick.platform.database.roles import as_owner

        with as_owner(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


@contextmanager
def stage(*, programs: Path | None = None) -> Iterator[Stage]:
    """Give a folder that is removed afterwards, with the server in it."""
    folder = Path(tempfile.mkdtemp(prefix="tallystick-acceptance-"))
    folder.chmod(0o755)
    made = Stage(folder=folder, programs=programs)
    try:
        yield made
    finally:
        _stop(made)
        shutil.rmtree(folder, ignore_errors=True)


def promise(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as it is meant: promise(a == b, "…")
    """Print what was tried and end the trial where it does not hold."""
    if not holds:
        broken(sentence)
    print(f"  {sentence}", flush=True)


def broken(sentence: str) -> NoReturn:
    """End the trial: the promise does not hold."""
    print(f"  BROKEN: {sentence}", flush=True)
    sys.exit(1)


def not_tried(reason: str) -> NoReturn:
    """End the trial without a verdict."""
    print(f"  not tried: {reason}", flush=True)
    sys.exit(0)


def older_programs() -> Path | None:
    """Return the folder of an installed PostgreSQL 15, the oldest that is promised, or None."""
    places = [os.environ.get("TALLYSTICK_POSTGRES_PROGRAMS", ""), "/usr/lib/postgresql/15/bin"]
    return next((Path(place) for place in places if place and (Path(place) / "initdb").exists()), None)


def run_pytest(*arguments: str, programs: Path | None = None, **variables: str) -> str:
    """Run part of the test suite and return its last line, which counts; a failure breaks the promise."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)} | variables
    if programs is not None:
        own["TALLYSTICK_POSTGRES_PROGRAMS"] = str(programs)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=ROOT,
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        broken(f"pytest {' '.join(arguments)}:\n{done.stdout}")
    counted = next(line for line in reversed(done.stdout.splitlines()) if "passed" in line)
    return f"{counted.strip(' =')} ({time.monotonic() - begun:.0f} s here)"


def _stop(made: Stage) -> None:
    """Stop the server; this process may still hold its lock, which the end of the process gives back too late."""
    from tallystick.platform.database.embedded import embedded_server

    home = made.folder / "var" / "postgres"
    if not home.exists():
        return
    if os.environ.get("TALLYSTICK_VAR") == made.environment["TALLYSTICK_VAR"]:
        from django.db import connections

        connections.close_all()
    server = embedded_server(home=home, programs=made.programs)
    server.leave()
    server.stop_if_unused()
