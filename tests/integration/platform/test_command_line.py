"""The command line as an operator meets it: in a folder of its own, with a server of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tallystick.platform.database.embedded import embedded_server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DJANGO", "COV"))}
    return kept | {"TALLYSTICK_VAR": str(tmp_path), "TALLYSTICK_WEB_PROCESSES": "1", "PYTHONWARNINGS": "ignore"}


def test_before_the_first_migration_the_server_says_what_to_run(environment: dict[str, str]) -> None:
    refused = _run("serve", environment=environment)
    assert refused.returncode == 1
    assert "Run: tallystick migrate" in refused.stderr


def test_from_nothing_to_served_and_stopped_cleanly(environment: dict[str, str], tmp_path: Path) -> None:
    assert _run("migrate", environment=environment).returncode == 0
    assert _run("migrate", environment=environment).returncode == 0

    checked = _run("doctor", "--books", environment=environment)
    assert checked.returncode == 0, checked.stdout
    assert "amiss" not in checked.stdout

    port = _free_port()
    serving = subprocess.Popen(
        [sys.executable, "-m", "tallystick.cli", "serve", "--with-worker", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert _first_answer(f"http://127.0.0.1:{port}/health/ready") == 200
    finally:
        serving.send_signal(signal.SIGTERM)
        said, _ = serving.communicate(timeout=60)

    assert serving.returncode == 0, said
    assert "Traceback" not in said
    assert embedded_server(home=tmp_path / "postgres").process() is None


def test_the_worker_outlives_its_database(environment: dict[str, str], tmp_path: Path) -> None:
    assert _run("migrate", environment=environment).returncode == 0
    log = tmp_path / "worker.log"
    with log.open("w", encoding="utf-8") as file:
        working = subprocess.Popen(
            [sys.executable, "-m", "tallystick.cli", "worker"], env=environment, stdout=file, stderr=file
        )
    try:
        assert _says(log, "Starting worker", times=1)
        database = embedded_server(home=tmp_path / "postgres").process()
        assert database is not None
        database.kill()
        assert _says(log, "Starting worker", times=2)
    finally:
        working.terminate()
        working.wait(timeout=60)

    assert "the database went away; waiting for it" in log.read_text(encoding="utf-8")
    assert working.returncode == 0
    assert embedded_server(home=tmp_path / "postgres").process() is None


def test_a_wrong_setting_is_named_without_a_traceback(environment: dict[str, str]) -> None:
    refused = _run("doctor", environment=environment | {"TALLYSTICK_BASE_URL": "partners.example.com"})
    assert refused.returncode == 1
    assert "base_url: must be an address such as https://partners.example.com" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_does_not_answer_is_named_without_a_traceback(environment: dict[str, str]) -> None:
    refused = _run("doctor", environment=environment | {"DATABASE_URL": f"postgresql://x@127.0.0.1:{_free_port()}/x"})
    assert refused.returncode == 1
    assert "Connection refused" in refused.stdout
    assert "Traceback" not in refused.stderr


def _run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tallystick.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_answer(address: str) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return int(answer.status)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    return 0


def _says(log: Path, words: str, *, times: int) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if log.read_text(encoding="utf-8").count(words) >= times:
            return True
        time.sleep(0.2)
    return False
