"""Checks of the whole chain are kept, and later ones are held against them."""

from __future__ import annotations

import pytest

from tallystick.platform.activity import chain_hash, record_activity, verify_chain
from tallystick.platform.actors import SYSTEM
from tallystick.platform.chain_checks import Whole, check_chain, standing_of, whole_by
from tallystick.platform.clock import now
from tallystick.platform.models import ActivityEntry, ChainCheck, JobError, Workspace
from tallystick.platform.tasks import check_chains
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.jobs import run_due_jobs
from tests.factories.receipts import change_entry

pytestmark = pytest.mark.django_db


def happen(*, times: int) -> list[ActivityEntry]:
    return [
        record_activity(SYSTEM, verb="month_closed", subject_kind="month", subject_id=None, summary=f"Closed {number}")
        for number in range(times)
    ]


def test_what_a_check_found_is_kept_with_its_moment_and_by_whom(vendor: Scope) -> None:
    entries, at = happen(times=3), now()

    assert check_chain(SYSTEM, at=at).holds

    kept = ChainCheck.objects.get()
    assert (kept.entries, kept.last_hash, kept.broken_at, kept.reason) == (3, entries[2].hash, None, "")
    assert (kept.checked_at, kept.checked_by_label) == (at, "Tallystick")


def test_where_the_chain_broke_is_kept_with_what_fitted_before(vendor: Scope) -> None:
    entries = happen(times=3)
    change_entry(entries[1], body=entries[1].body.replace("Closed", "Opened"))

    check_chain(SYSTEM, at=now())

    kept = ChainCheck.objects.get()
    assert (kept.entries, kept.last_hash, kept.broken_at) == (1, entries[0].hash, 2)
    assert kept.reason == "entry 2 does not fit the one before it"


def test_who_rewrites_all_that_follows_cannot_rewrite_what_was_checked(vendor: Scope) -> None:
    happen(times=3)
    check_chain(SYSTEM, at=now())
    previous = ""
    for entry in ActivityEntry.objects.order_by("position"):
        summary, body = entry.summary.replace("Closed", "Opened"), entry.body.replace("Closed", "Opened")
        rewritten = chain_hash(previous=previous, body=body)
        change_entry(entry, summary=summary, body=body, previous_hash=previous, hash=rewritten)
        previous = rewritten

    report = verify_chain()

    assert (report.broken_at, report.reason) == (3, "entry 3 had another hash when the chain was checked")


def test_what_is_cut_off_at_the_end_is_missed(vendor: Scope) -> None:
    entries = happen(times=3)
    check_chain(SYSTEM, at=now())
    change_entry(entries[2], workspace_id=make_row(Workspace).pk)

    report, standing = verify_chain(), standing_of(entries[0])

    words = "entry 3 is missing; it was there when the chain was checked"
    assert (report.broken_at, report.reason) == (3, words)
    assert (standing.holds, standing.broken_at, standing.near.reason) == (False, 3, words)


@pytest.mark.parametrize(
    ("entries", "broken_at", "expected"),
    [
        (9, None, Whole.EARLIER),
        (10, None, Whole.FITTED),
        (11, None, Whole.FITTED),
        (8, 9, Whole.CHANGED_BEFORE),
        (9, 10, Whole.CHANGED_SINCE),
        (10, 11, Whole.CHANGED_SINCE),
    ],
)
def test_what_a_check_says_of_the_tenth_entry(entries: int, broken_at: int | None, expected: Whole) -> None:
    assert whole_by(ChainCheck(entries=entries, broken_at=broken_at), position=10) is expected


@pytest.mark.django_db(transaction=True)
def test_every_night_the_chain_of_each_workspace_is_checked_and_a_broken_one_is_a_job_that_failed(
    workspace: Workspace,
) -> None:
    other = make_row(Workspace)
    with scope(workspace_id=workspace.pk):
        entries = happen(times=2)
        change_entry(entries[0], body=entries[0].body.replace("Closed", "Opened"))
    with scope(workspace_id=other.pk):
        happen(times=1)

    check_chains(timestamp=0)
    run_due_jobs()

    with scope(workspace_id=workspace.pk):
        assert set(ChainCheck.objects.values_list("broken_at", flat=True)) == {1}
        error = JobError.objects.order_by("pk").first()
        assert error is not None
        assert "is broken: entry 1 does not fit the one before it." in error.words
    with scope(workspace_id=other.pk):
        assert ChainCheck.objects.get().entries == 1
