"""Runs background jobs inside a test."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tallystick.platform import worker


def run_due_jobs() -> None:
    """Run the jobs that are due, as a worker would; the test must commit (`django_db(transaction=True)`).

    In a thread of its own: the browser of other tests keeps an event loop running in this one.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(worker.run_due_jobs).result()
