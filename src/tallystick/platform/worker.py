"""The process that runs jobs: it survives its database, and takes up what a killed worker left behind.

Each worker gives a sign of life every few seconds. Jobs of a worker that has given none for `STALLED_SECONDS` are run
again; one that has taken its worker along too often is given up.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connections
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker

from tallystick.platform.database.roles import APP_ROLE

HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
MOST_ATTEMPTS = 20
RECONNECT_SECONDS = 1.0
STOP_SECONDS = 30.0

_log = structlog.get_logger("tallystick.worker")


def run_worker(*, jobs: int) -> None:
    """Run jobs, up to `jobs` at a time, until a signal says stop; jobs that run are given time to end.

    Where the database goes away, the worker waits for it and goes on.
    """
    asyncio.run(_work_until_told_to_stop(jobs=jobs))


def run_due_jobs(*, jobs: int = 1) -> None:
    """Run the jobs that are due now, and return when none is left."""
    asyncio.run(_session(jobs=jobs, wait=False))


async def retry_stalled_jobs(manager: JobManager) -> None:
    """Enqueue again what workers that died were running."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        if job.attempts >= MOST_ATTEMPTS:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
            _log.error("job given up", task=job.task_name, job=job.id, attempts=job.attempts)
        else:
            await manager.retry_job(job)
            _log.warning("job of a dead worker enqueued again", task=job.task_name, job=job.id)


async def _work_until_told_to_stop(*, jobs: int) -> None:
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    stopping = asyncio.create_task(told_to_stop.wait())
    while not told_to_stop.is_set():
        session = asyncio.create_task(_session(jobs=jobs, wait=True))
        await asyncio.wait({session, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if told_to_stop.is_set():
            session.cancel()
        (outcome,) = await asyncio.gather(session, return_exceptions=True)
        if not told_to_stop.is_set():
            _log.warning("the database went away; waiting for it", reason=str(outcome))
            await asyncio.wait({stopping}, timeout=RECONNECT_SECONDS)


async def _session(*, jobs: int, wait: bool) -> None:
    """Run jobs as long as the database stays; its sessions act as the application role."""
    params = await asyncio.to_thread(connector_params)
    params["options"] = f"{params.get('options', '')} -c role={APP_ROLE}".strip()
    with app.replace_connector(PsycopgConnector(kwargs=params, timeout=5)) as worker_app:
        async with worker_app.open_async():
            await retry_stalled_jobs(worker_app.job_manager)
            await worker_app.run_worker_async(
                concurrency=jobs,
                wait=wait,
                listen_notify=wait,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=STOP_SECONDS,
                task_middleware=[_with_a_database_session_of_its_own],
            )


def _with_a_database_session_of_its_own(call_next: Callable[[], Any], _context: JobContext, _worker: Worker) -> Any:
    """Close the database session of the job's thread when the job ends, so that idle threads hold none."""
    try:
        return call_next()
    finally:
        connections.close_all()
