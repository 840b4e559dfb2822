"""Jobs are enqueued with the change that causes them, run in their workspace, and are tried again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.partners.models import Partner
from tallystick.platform.database.roles import APP_ROLE
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id, scope
from tallystick.platform.worker import MOST_ATTEMPTS
from tests.factories import make_row
from tests.factories.jobs import run_due_jobs

_seen: list[object] = []


@workspace_job(name="tests.look_around")
def look_around(*, workspace_id: int, word: str) -> None:
    """Write down where the job runs and what it sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
    _seen.append((workspace_id == current_workspace_id(), role, Partner.objects.count(), word))


@workspace_job(name="tests.fail", retry=RetryStrategy(max_attempts=1, wait=0))
def fail(*, workspace_id: int) -> None:
    """Fail whenever it runs."""
    _seen.append(workspace_id)
    raise RuntimeError("not this time")


@pytest.fixture(autouse=True)
def _nothing_seen_yet() -> Iterator[None]:
    _seen.clear()
    yield
    _seen.clear()


def test_a_job_of_a_transaction_that_failed_was_never_enqueued(workspace: Workspace) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"), transaction.atomic():
        look_around.defer(workspace_id=workspace.pk, word="hello")
        assert _jobs().count() == 1
        raise RuntimeError("changed my mind")
    assert _jobs().count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_under_the_application_role_in_its_workspace(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(Partner)
    look_around.defer(workspace_id=workspace.pk, word="hello")

    run_due_jobs()

    assert _seen == [(True, APP_ROLE, 1, "hello")]
    assert [job.status for job in _jobs()] == ["succeeded"]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_is_tried_again_and_then_kept_for_someone_to_look_at(workspace: Workspace) -> None:
    fail.defer(workspace_id=workspace.pk)

    run_due_jobs()
    run_due_jobs()

    assert _seen == [workspace.pk, workspace.pk]
    assert [(job.status, job.attempts) for job in _jobs()] == [("failed", 2)]


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_died_is_run_again(workspace: Workspace) -> None:
    look_around.defer(workspace_id=workspace.pk, word="again")
    _leave_behind(attempts=1)

    run_due_jobs()

    assert [(job.status, job.attempts) for job in _jobs()] == [("succeeded", 3)]
    assert len(_seen) == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_that_takes_its_worker_along_again_and_again_is_given_up(workspace: Workspace) -> None:
    look_around.defer(workspace_id=workspace.pk, word="never")
    _leave_behind(attempts=MOST_ATTEMPTS)

    run_due_jobs()

    assert [job.status for job in _jobs()] == ["failed"]
    assert _seen == []


def test_every_periodic_job_has_a_time_at_which_it_runs() -> None:
    registered = {name: periodic.cron for (name, _), periodic in app.periodic_registry.periodic_tasks.items()}
    assert registered["platform.remove_finished_jobs"] == "17 3 * * *"
    assert registered["platform.take_up_stalled_jobs"] == "* * * * *"


def _jobs() -> QuerySet[ProcrastinateJob]:
    """Return the jobs of these tests; a worker enqueues periodic ones beside them."""
    return ProcrastinateJob.objects.filter(task_name__startswith="tests.").order_by("pk")


def _leave_behind(*, attempts: int) -> None:
    """Make the one job look as a killed worker leaves it: running, and nobody there who runs it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s, worker_id = NULL "
            "WHERE task_name LIKE 'tests.%%'",
            [attempts],
        )
