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
from django.db import connections
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.tasks import Task
from procrastinate.worker import Worker

from tallystick.platform.database.roles import APP_ROLE
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
        def run(*, workspace_id: int, **arguments: Any) -> None:
            with (
                structlog.contextvars.bound_contextvars(job=name, workspace_id=workspace_id),
                scope(workspace_id=workspace_id),
            ):
                work(workspace_id=workspace_id, **arguments)

        return app.task(name=name, retry=retry, queue=queue)(run)

    return declare


def run_worker(*, jobs: int, wait: bool = True, install_signal_handlers: bool = True) -> None:
    """Run jobs, up to `jobs` at a time, until told to stop; without `wait` only those that are due now.

    A signal to stop lets running jobs end first. The worker's own session acts as the application role too.
    """
    params = connector_params()
    params["options"] = f"{params.get('options', '')} -c role={APP_ROLE}".strip()
    with app.replace_connector(PsycopgConnector(kwargs=params)) as worker_app:
        worker_app.run_worker(
            concurrency=jobs,
            wait=wait,
            listen_notify=wait,
            install_signal_handlers=install_signal_handlers,
            shutdown_graceful_timeout=30,
            task_middleware=[_with_a_session_of_its_own],
        )


def _with_a_session_of_its_own(call_next: Callable[[], Any], _context: JobContext, _worker: Worker) -> Any:
    """Close the database session of the job's thread when the job ends, so that idle threads hold none."""
    try:
        return call_next()
    finally:
        connections.close_all()
