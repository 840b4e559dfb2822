"""`tallystick serve` and `tallystick worker`: the two processes of an installation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tallystick.cli.application import commands, console
from tallystick.configuration import configuration
from tallystick.flows.workspaces import first_workspace_url
from tallystick.platform.clock import now
from tallystick.platform.health import ready
from tallystick.platform.models import Workspace
from tallystick.platform.worker import run_due_jobs, run_worker

STOP_SECONDS = 40


@commands.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    with_worker: Annotated[bool, typer.Option(help="Run a worker beside it, for one machine.")] = False,
) -> None:
    """Serve the screens until stopped; requests that run are answered first."""
    own = configuration()
    _refuse_unless_ready()
    call_command("check", deploy=own.in_production, fail_level="ERROR", stdout=StringIO())
    if own.in_production:
        call_command("collectstatic", interactive=False, verbosity=0)
    # The server forks: a session shared by two processes would mix their answers.
    connections.close_all()
    server = Server(
        "tallystick.platform.http.wsgi:application",
        address=host or own.host,
        port=port or own.port,
        interface=Interfaces.WSGI,
        workers=own.web_processes,
        blocking_threads=own.web_threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=settings.LOGGING,
    )
    console.print(f"Serving {own.base_url if port is None else f'http://{host or own.host}:{port}'}")
    if not Workspace.objects.exists():
        console.print("Nothing is set up here yet. This link makes the first workspace, once, within a day:")
        console.print(f"  {first_workspace_url(at=now())}", soft_wrap=True)
        connections.close_all()
    with _worker_beside() if with_worker else _nothing_beside():
        server.serve()


@commands.command()
def worker(
    *,
    jobs: Annotated[int | None, typer.Option(help="Jobs to run at a time.", min=1)] = None,
    once: Annotated[bool, typer.Option(help="Stop when no job is due.")] = False,
) -> None:
    """Run background jobs until stopped; jobs that run are finished first."""
    _refuse_unless_ready()
    connections.close_all()
    run = run_due_jobs if once else run_worker
    run(jobs=jobs or configuration().worker_jobs)


def _refuse_unless_ready() -> None:
    for finding in ready():
        if not finding.holds:
            sys.exit(f"{finding.subject}: {finding.sentence}")


@contextmanager
def _worker_beside() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "tallystick.cli", "worker"])
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _nothing_beside() -> Iterator[None]:
    yield
