"""The background jobs of a workspace for people: what waits, runs and failed; run again, or taken from the queue.

The queue is one for all workspaces and knows nothing of them; a job's workspace is its first argument. Everything
here asks for the workspace in scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.models import JobError
from tallystick.platform.tenancy import current_workspace_id

FAILED: Final = "failed"
WAITING: Final = "todo"
RUNNING: Final = "doing"


class JobGone(LookupError):
    """Raised for a job that is not in this workspace, or not in a state in which this can be done."""


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs of a workspace wait, run and failed."""

    waiting: int
    running: int
    failed: int


def workspace_jobs(*, state: str = "") -> QuerySet[ProcrastinateJob]:
    """Return the jobs of the workspace in scope, latest first; `state` as the queue calls it."""
    jobs = ProcrastinateJob.objects.filter(args__workspace_id=current_workspace_id()).order_by("-id")
    return jobs.filter(status=state) if state else jobs


def job_counts() -> JobCounts:
    """Return how many jobs of the workspace in scope stand where."""
    return JobCounts(*(workspace_jobs(state=state).order_by().count() for state in (WAITING, RUNNING, FAILED)))


def last_errors(job_ids: list[int]) -> dict[int, JobError]:
    """Return why each job failed last, by job."""
    errors = JobError.objects.filter(job_id__in=job_ids).order_by("job_id", "-at", "-pk").distinct("job_id")
    return {error.job_id: error for error in errors}


@transaction.atomic
def retry_job(actor: Actor, *, job_id: int, at: datetime) -> None:
    """Have a failed job of the workspace in scope run again now. Raises `JobGone`."""
    job = _locked(job_id, FAILED)
    app.job_manager.retry_job_by_id(job_id, retry_at=now().astimezone(UTC))
    _record(actor, job, verb="job_retried", summary=f"The job {job.task_name} was started again", at=at)


@transaction.atomic
def cancel_job(actor: Actor, *, job_id: int, at: datetime) -> None:
    """Take a waiting job of the workspace in scope from the queue. Raises `JobGone`."""
    job = _locked(job_id, WAITING)
    if not app.job_manager.cancel_job_by_id(job_id):
        raise JobGone(job_id)
    _record(actor, job, verb="job_cancelled", summary=f"The job {job.task_name} was cancelled", at=at)


def _locked(job_id: int, state: str) -> ProcrastinateJob:
    job = workspace_jobs(state=state).filter(pk=job_id).first()
    if job is None:
        raise JobGone(job_id)
    return job


def _record(actor: Actor, job: ProcrastinateJob, *, verb: str, summary: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="job",
        subject_id=job.pk,
        summary=summary,
        data={"task": job.task_name, "attempts": job.attempts},
        at=at,
    )
