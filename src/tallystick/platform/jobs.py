"""Background jobs on the same database: enqueued in the transaction that causes them, so never lost and never early.

    @workspace_job(name="attribution.decide")
    def decide_pending(*, workspace_id: int) -> None: ...

    decide_pending.defer(workspace_id=workspace.pk)

A job may run twice (a worker was killed after its work and before it said so): the services it calls are idempotent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import structlog
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from tallystick.platform.job_errors import record_job_error
from tallystick.platform.tenancy import scope

PATIENT = RetryStrategy(max_attempts=8, exponential_wait=4)
"""Eight more attempts, after 4, 16, 64 seconds and so on; the last comes about a day after the first."""

Work = Callable[..., None]


def workspace_job(
    *, name: str, retry: RetryStrategy = PATIENT, queue: str = "default"
) -> Callable[[Work], Task[Any, None, Any]]:
    """Declare a job that works inside one workspace: `workspace_id` is its first argument and its scope."""

    def declare(work: Work) -> Task[Any, None, Any]:
        @functools.wraps(work)
        def run(context: JobContext, /, *, workspace_id: int, **arguments: Any) -> None:
            with (
                structlog.contextvars.bound_contextvars(job=name, workspace_id=workspace_id),
                scope(workspace_id=workspace_id),
            ):
                try:
                    work(workspace_id=workspace_id, **arguments)
                except Exception as error:
                    if context.job.id is not None:
                        record_job_error(error, job_id=context.job.id, attempt=context.job.attempts + 1)
                    raise

        return app.task(name=name, retry=retry, queue=queue, pass_context=True)(run)

    return declare
