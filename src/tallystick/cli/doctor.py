"""`tallystick doctor`: looks at the installation and, on demand, at the books."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Annotated

import typer
from django.conf import settings
from django.db import connection

from tallystick.cli.application import commands, console
from tallystick.configuration import configuration
from tallystick.platform.database.embedded import embedded_server
from tallystick.platform.health import Finding, ready, wall_findings
from tallystick.platform.invariants import invariants, violations
from tallystick.platform.models import Workspace


@commands.command()
def doctor(
    *,
    books: Annotated[bool, typer.Option(help="Check the invariants of every workspace as well.")] = False,
) -> None:
    """Tell what is in order and what is not; exits with 1 when something is not."""
    findings = [*_environment(), *ready()]
    if all(finding.holds for finding in findings):
        findings += wall_findings()
    if books and all(finding.holds for finding in findings):
        findings += _books()
    for finding in findings:
        mark = "[green]in order[/]" if finding.holds else "[red]amiss[/]   "
        console.print(f"{mark}  [bold]{finding.subject}[/]: {finding.sentence}")
    if not all(finding.holds for finding in findings):
        raise typer.Exit(code=1)


def _environment() -> Iterator[Finding]:
    own = configuration()
    yield Finding(
        holds=True, subject="environment", sentence=f"{own.environment.value}, Python {platform.python_version()}"
    )
    if "embedded" not in connection.settings_dict["OPTIONS"]:
        yield Finding(holds=True, subject="server", sentence=f"PostgreSQL at {connection.settings_dict['HOST']}")
        return
    server = embedded_server(home=settings.EMBEDDED_HOME, programs=settings.EMBEDDED_PROGRAMS)
    address = server.ensure_running()
    process = server.process()
    yield Finding(
        holds=True,
        subject="server",
        sentence=f"embedded, process {process.pid if process else 'unknown'}, psql '{address.url}'",
    )


def _books() -> Iterator[Finding]:
    declared = {invariant.id: invariant.sentence for invariant in invariants()}
    broken: set[str] = set()
    for workspace in Workspace.objects.order_by("pk"):
        for violation in violations(workspace_id=workspace.pk):
            broken.add(violation.invariant.id)
            yield Finding(
                holds=False,
                subject=f"{violation.invariant.id} {violation.invariant.sentence}",
                sentence=f"{workspace.slug}: {violation.sentence}",
            )
    for id in sorted(declared.keys() - broken):
        yield Finding(holds=True, subject=id, sentence=declared[id])
