"""kill -9 at named places and at random, of the program, of its worker and of PostgreSQL: the books stay right."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.architecture.source import package_files
from tests.faults.harness import EVENING, WORK, Template, assert_unharmed, assert_unharmed_by_jobs, moments, new_case
from tests.faults.program import CHANGES, NEWS, PAUSE_SECONDS, RECEIVER

CASES = int(os.environ.get("FAULT_CASES", "2"))
"""Evenings with kills at random moments; the acceptance asks for more."""
SEED = int(os.environ.get("FAULT_SEED", "20261101"))
KILLED = -signal.SIGKILL

IMPORTING = (
    "import.started#3",
    "import.after_copy#2",
    "import.after_upsert#2",
    "import.before_commit#2",
    "import.after_commit#2",
)
"""Each run finds the files of the run before it loaded, and is killed at the next one or the one after."""
DECIDING = ("decide.after_take#1", "decide.after_write#3")
ACCRUING = ("accrue.after_take#2", "accrue.after_write#1", "accrue.before_commit#2")
UNDOING = "undo.before_commit"
POSTING = (
    "webhooks.before_cursor#1",
    "webhooks.after_commit#1",
    "webhooks.before_send#3",
    "webhooks.after_send#3",
    "webhooks.after_note#2",
)
TELLING = ("notices.before_cursor#1", "notices.after_commit#1", "notices.after_send#3")


def test_every_crash_point_of_the_program_is_tried() -> None:
    named = {name for file in package_files() for name in re.findall(r'crash_point\("([\w.]+)"\)', file.text)}
    assert {
        point.partition("#")[0] for point in (*IMPORTING, *DECIDING, *ACCRUING, *TELLING, *POSTING, UNDOING)
    } == named


@pytest.mark.parametrize("points", [IMPORTING, (*DECIDING, *ACCRUING)], ids=["importing", "settling"])
def test_killed_at_every_named_place_in_turn_the_evening_ends_as_if_nothing_had_been(
    template: Template, points: tuple[str, ...]
) -> None:
    with new_case(template) as case:
        for point in points:
            assert case.run(*WORK, crash_at=point)[0] == KILLED, point
        assert_unharmed(case.finish(), template)


def test_killed_while_late_facts_are_settled_none_of_them_is_forgotten(template: Template) -> None:
    with new_case(template) as case:
        assert case.run(*EVENING)[0] == 0
        for point in ACCRUING:
            place = point.partition("#")[0]
            assert case.run("import-late", "accrue", crash_at=place)[0] == KILLED, place
        assert_unharmed(case.finish(), template)


def test_killed_while_people_are_told_each_is_told_of_each_thing_once(template: Template) -> None:
    with new_case(template) as case:
        assert case.run("news")[0] == 0
        for point in TELLING:
            assert case.run("tell", crash_at=point)[0] == KILLED, point
        status, out = case.run("tell", "told")
        assert status == 0, out
    found = json.loads(out.splitlines()[-1])
    topics = [f"commission_lines:{number}" for number in range(NEWS)]
    assert sorted(map(tuple, found["told"])) == sorted(
        (email, topic) for email in ("admin@umbra.example", "finance@umbra.example") for topic in topics
    )
    assert sorted(found["mailed"]) == sorted(topics)


def test_killed_between_a_change_and_its_webhook_nothing_is_lost_and_what_comes_twice_has_its_id(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as (url, got), new_case(template) as case:
        monkeypatch.setenv(RECEIVER, url)
        assert case.run("changes")[0] == 0
        for point in POSTING:
            assert case.run("post", crash_at=point)[0] == KILLED, point
        status, out = case.run("post", "posted")
        assert status == 0, out
    found = json.loads(out.splitlines()[-1])
    assert found["states"] == {"delivered": CHANGES}
    assert {message_id for message_id, _ in got} == set(found["ids"])
    assert len(set(got)) == CHANGES, "the same id always came with the same bytes"
    # After "after_send" the receiver had answered and we did not know: that one message came twice.
    assert len(got) == CHANGES + 1


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Listen on this machine and keep the id and the bytes of what comes."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.headers["webhook-id"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


def test_killed_while_an_import_is_undone_it_stands_as_a_whole(template: Template) -> None:
    with new_case(template) as case:
        assert case.run("import", "undo", crash_at=UNDOING)[0] == KILLED
        assert_unharmed(case.finish(), template)


def test_an_import_undone_and_loaded_again_leaves_no_trace(template: Template) -> None:
    with new_case(template) as case:
        assert_unharmed(case.finish("import", "undo", *WORK), template)


@pytest.mark.parametrize("number", range(CASES))
def test_killed_again_and_again_at_any_moment_the_evening_ends_the_same(template: Template, number: int) -> None:
    with new_case(template) as case:
        for seconds in moments(template, count=2, seed=SEED + number):
            case.kill_after(seconds, *WORK)
        assert_unharmed(case.finish(), template)


@pytest.mark.parametrize("number", range(CASES // 2))
def test_when_postgresql_is_killed_what_was_committed_is_there_and_the_rest_is_done_again(
    template: Template, number: int
) -> None:
    with new_case(template, synced=True) as case:
        for seconds in moments(template, count=2, seed=-SEED - number):
            case.kill_server_after(seconds, *WORK)
        assert_unharmed(case.finish(), template)


def test_jobs_of_a_killed_worker_are_taken_up_by_the_next(template: Template) -> None:
    with new_case(template) as case:
        assert case.run("enqueue", "jobs", crash_at="import.before_commit#5")[0] == KILLED
        assert case.run("jobs", crash_at="accrue.after_write#3")[0] == KILLED
        assert_unharmed_by_jobs(case.finish("jobs"), template)


@pytest.mark.parametrize("number", range(CASES // 2))
def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(template: Template, number: int) -> None:
    with new_case(template) as case:
        case.run("enqueue")
        for seconds in moments(template, count=2, seed=7 * SEED + number):
            case.kill_after(PAUSE_SECONDS + seconds, "jobs")
        assert_unharmed_by_jobs(case.finish("jobs"), template)
