"""Histories of registrations by 16 threads, with kills among them, hold; a judge that is blind would not tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.faults import histories
from tests.faults.harness import ROOT, Case, Template, environment_of, new_case
from tests.faults.history_model import Call, Entry, judge

HISTORIES = os.environ.get("HISTORIES", "4")


def run_histories(case: Case, *arguments: str) -> dict[str, Any]:
    """Run histories in the installation of a case and return what they counted and what was wrong."""
    done = subprocess.run(
        [sys.executable, "-m", histories.__name__, *arguments],
        cwd=ROOT,
        env=environment_of(case.var),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip(), done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_histories_by_many_threads_with_kills_could_have_happened_one_after_the_other(template: Template) -> None:
    with new_case(template) as case:
        told = run_histories(case, "--histories", HISTORIES)

    assert told["wrong"] == []
    assert told["tally"]["kill of a server process"] >= 1
    assert told["tally"]["register 201"] >= 5 * int(HISTORIES)


def test_a_database_that_judges_no_rivals_is_found_out(template: Template) -> None:
    with new_case(template) as case:
        told = run_histories(case, "--histories", "1", "--kill-every", "0", "--without-constraints")

    assert any("which" in fault and "holds" in fault for fault in told["wrong"])
    assert any("R1: " in fault for fault in told["wrong"])


def registered(position: int, key: int, state: str, *, slot: str = "domain:a.example") -> Entry:
    told = {"account_key": slot, "state": state, "reference": f"DR-{key}"}
    return Entry(position, "deal_registered", key, told)


def happened(position: int, key: int, verb: str) -> Entry:
    return Entry(position, f"registration_{verb}", key, {})


WON_AND_DECLINED = [registered(1, 1, "submitted"), registered(2, 2, "declined")]
IN_THE_END: dict[str, Any] = {
    "start": 0,
    "states": {1: "submitted", 2: "declined"},
    "holders": {"domain:a.example": [1]},
}


def test_a_winner_and_one_that_came_second_are_a_history() -> None:
    calls = [
        Call("register", "DR-1", 201, "submitted", 0, 1),
        Call("register", "DR-2", 201, "declined", 0, 2),
        Call("withdraw", "DR-2", 409, "", 2, 2),
        Call("register", "", None, "", 0, 2),
    ]
    assert judge(WON_AND_DECLINED, calls, **IN_THE_END) == []


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (Call("register", "DR-9", 201, "submitted", 0, 2), "register DR-9: was acknowledged and is lost."),
        (
            Call("register", "DR-2", 201, "declined", 0, 0),
            "register DR-2: was declined while nobody held the company.",
        ),
        (Call("approve", "DR-1", 409, "", 1, 2), "approve DR-1: was refused while it was submitted."),
        (Call("withdraw", "DR-1", 409, "", 1, 2), "withdraw DR-1: was refused while it was submitted."),
        (
            Call("read", "DR-1", 200, "approved", 1, 2),
            "read DR-1: was answered approved, which it never was meanwhile.",
        ),
        (Call("read", "DR-1", 500, "", 1, 2), "read DR-1: was answered 500."),
    ],
)
def test_an_answer_that_fits_no_moment_is_a_fault(call: Call, fault: str) -> None:
    assert judge(WON_AND_DECLINED, [call], **IN_THE_END) == [fault]


def test_two_holders_of_one_company_are_a_fault() -> None:
    entries = [registered(1, 1, "submitted"), registered(2, 2, "submitted")]
    wrong = judge(
        entries,
        [],
        start=0,
        states={1: "submitted", 2: "submitted"},
        holders={"domain:a.example": [1, 2]},
    )
    assert wrong[0] == "2: 2 holds domain:a.example, which 1 holds."
    assert "domain:a.example is held by [1, 2]." in wrong


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (happened(3, 2, "approved"), "3: 2 went from declined to approved."),
        (happened(3, 1, "won"), "3: 1 went from submitted to won."),
        (Entry(3, "protections_expired", None, {"registrations": [1]}), "3: 1 went from submitted to expired."),
    ],
)
def test_a_step_that_cannot_follow_is_a_fault(entry: Entry, fault: str) -> None:
    assert judge([*WON_AND_DECLINED, entry], [], **IN_THE_END)[0] == fault


def test_a_row_that_the_chain_knows_nothing_of_is_a_fault() -> None:
    told = {**IN_THE_END, "states": {**IN_THE_END["states"], 3: "submitted"}}
    assert judge(WON_AND_DECLINED, [], **told) == ["3 is in the database and not in the chain."]
