"""`tallystick audit`: verify the activity stream."""

from __future__ import annotations

import sys

import typer

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.deals.receipts import receipts_that_differ
from tallystick.platform.actors import Actor
from tallystick.platform.chain_checks import check_chain
from tallystick.platform.clock import now

audit = typer.Typer(help="Verify the activity stream.", no_args_is_help=True)
commands.add_typer(audit, name="audit")


@audit.command("verify")
def verify(*, workspace: WorkspaceOption = None) -> None:
    """Walk the hash chain, and hold each registration and lead against its receipt; ends with 1 where one is broken."""
    with in_workspace(workspace):
        report = check_chain(Actor.command("audit verify"), at=now())
        if not report.holds:
            sys.exit(f"The chain is broken at position {report.broken_at}: {report.reason}.")
        if differing := list(receipts_that_differ()):
            sys.exit("\n".join(differing))
        console.print(f"{report.entries:,} entries, each fits the one before.")
        console.print(f"Last hash: {report.last_hash or '(none)'}")
