"""`tallystick accrue` and `tallystick statement`: from paid invoices to what partners are owed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.commissions.queries import statements as issued_statements
from tallystick.commissions.services import MonthNotReadyError, SettleReport, issue_statements
from tallystick.flows.settlement import accrue as accrue_pending
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.actors import Actor

statement = typer.Typer(help="Issue and list statements.", no_args_is_help=True)
commands.add_typer(statement, name="statement")

MonthArgument = Annotated[str, typer.Argument(help="Month, like 2026-10.")]


@commands.command()
def accrue(*, workspace: WorkspaceOption = None) -> None:
    """Settle invoices whose payments, decision or plan changed; a repeat changes nothing."""
    with in_workspace(workspace):
        report = SettleReport()
        with console.status("Settling invoices") as status:
            for report in accrue_pending(Actor.command("accrue")):
                status.update(f"Settling invoices: {report.invoices:,} done")
        console.print(
            f"{report.invoices:,} invoices settled: {report.written:,} lines written, {report.reversed:,} reversed, "
            f"{report.blocked:,} blocked for review."
        )


@statement.command("issue")
def issue(month: MonthArgument, *, workspace: WorkspaceOption = None) -> None:
    """Close a month and issue its statements, one a partner and currency."""
    with in_workspace(workspace):
        try:
            issued = issue_statements(Actor.command("statement issue"), month=Month.parse(month))
        except (MonthNotReadyError, ValueError) as error:
            sys.exit(str(error))
        console.print(f"{len(issued)} statements issued for {month}.")


@statement.command("list")
def list_statements(*, workspace: WorkspaceOption = None) -> None:
    """List the statements issued, latest month first."""
    with in_workspace(workspace):
        table = Table("Statement", "Partner", "Opening", "Lines", "Closing", box=None)
        for row in issued_statements():
            amounts = (row.opening_minor, row.total_minor, row.closing_minor)
            table.add_row(row.number, row.partner.name, *(str(Money(minor, row.currency)) for minor in amounts))
        console.print(table)
