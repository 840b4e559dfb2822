"""`tallystick rebuild-sums`: kept sums made anew from their rows."""

from __future__ import annotations

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.crm.services.stage_totals import rebuild_stage_totals
from tallystick.insights.folding import rebuild_day_sums


@commands.command("rebuild-sums")
def rebuild_sums(*, workspace: WorkspaceOption = None) -> None:
    """Make the totals of stages and the sums of days anew, for books that were loaded with triggers off."""
    with in_workspace(workspace):
        rebuild_stage_totals()
        rows = rebuild_day_sums()
        console.print(f"The totals of stages and {rows:,} sums of days were made anew.")
