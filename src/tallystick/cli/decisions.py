"""`tallystick decide`: who brought each opportunity, for all whose facts or policy changed."""

from __future__ import annotations

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.flows.attribution import DecideReport
from tallystick.flows.attribution import decide as decide_waiting
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now


@commands.command()
def decide(*, workspace: WorkspaceOption = None) -> None:
    """Decide the attribution of opportunities whose facts or policy changed; a repeat changes nothing."""
    with in_workspace(workspace):
        report = DecideReport()
        with console.status("Deciding opportunities") as status:
            for report in decide_waiting(Actor.command("decide"), at=now()):
                status.update(f"Deciding opportunities: {report.taken:,} done")
        console.print(f"Opportunities looked at: {report.taken:,}. Decisions changed: {report.changed:,}.")
