"""`tallystick approval`: earned commissions prepared, checked and approved, before statements carry them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.commissions.approvals import approval_runs, approval_terms, partner_totals
from tallystick.commissions.models import ApprovalRun
from tallystick.commissions.rules.run_checks import run_checks
from tallystick.commissions.run_facts import run_facts
from tallystick.commissions.services import (
    ApprovalRefused,
    approve_approval_run,
    prepare_approval_runs,
    reject_approval_run,
    set_approval_policy,
    undo_approval_run,
)
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.actors import Actor

approval = typer.Typer(help="Prepare, check and approve earned commissions.", no_args_is_help=True)
commands.add_typer(approval, name="approval")

NumberArgument = Annotated[str, typer.Argument(help="Number of the run, like AR-2026-10-EUR-1.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is kept with the run.")]


@approval.command("prepare")
def prepare(
    month: Annotated[str, typer.Argument(help="Month, like 2026-10.")], *, workspace: WorkspaceOption = None
) -> None:
    """Put all that is earned by the end of a month into runs, one a currency."""
    with in_workspace(workspace), _explained():
        runs = prepare_approval_runs(Actor.command("approval prepare"), through=Month.parse(month).last_day)
        console.print(_table(runs) if runs else f"Nothing earned by the end of {month} waits for approval.")


@approval.command("list")
def list_runs(*, workspace: WorkspaceOption = None) -> None:
    """List the runs, latest month first."""
    with in_workspace(workspace):
        console.print(_table(approval_runs()))


@approval.command("show")
def show(number: NumberArgument, *, workspace: WorkspaceOption = None) -> None:
    """Show a run: its checks, and its totals by partner."""
    with in_workspace(workspace), _explained():
        run = _run(number)
        for check in run_checks(run_facts(run), terms=approval_terms()):
            console.print(f"{check.result.value:<5} {check.sentence}")
        table = Table("Partner", "Lines", "Total", box=None)
        for total in partner_totals(run):
            table.add_row(total.name, f"{total.lines:,}", str(total.total))
        console.print(table)


@approval.command("approve")
def approve(number: NumberArgument, *, workspace: WorkspaceOption = None) -> None:
    """Approve a run up to the limit; above it a person approves in the console."""
    with in_workspace(workspace), _explained():
        run = approve_approval_run(Actor.command("approval approve"), run_id=_run(number).pk)
        console.print(f"Approved {run.number}: {run.lines:,} lines, {Money(run.total_minor, run.currency)}.")


@approval.command("reject")
def reject(number: NumberArgument, *, reason: ReasonOption, workspace: WorkspaceOption = None) -> None:
    """Reject a prepared run; its lines are free for another."""
    with in_workspace(workspace), _explained():
        reject_approval_run(Actor.command("approval reject"), run_id=_run(number).pk, reason=reason)
        console.print(f"Rejected {number}.")


@approval.command("undo")
def undo(number: NumberArgument, *, reason: ReasonOption, workspace: WorkspaceOption = None) -> None:
    """Take an approval back while none of its lines stands on a statement."""
    with in_workspace(workspace), _explained():
        undo_approval_run(Actor.command("approval undo"), run_id=_run(number).pk, reason=reason)
        console.print(f"The approval of {number} is taken back.")


@approval.command("policy")
def policy(
    *,
    four_eyes_above: Annotated[int | None, typer.Option(help="In minor units of the workspace's currency.")] = None,
    rate_age_days: Annotated[int | None, typer.Option(help="Older exchange rates are looked at.")] = None,
    change_percent: Annotated[int | None, typer.Option(help="Totals that move by more are looked at.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what approvals ask for, or change it: what is not given stays."""
    with in_workspace(workspace), _explained():
        terms = approval_terms()
        if any(given is not None for given in (four_eyes_above, rate_age_days, change_percent)):
            set_approval_policy(
                Actor.command("approval policy"),
                four_eyes_above_minor=terms.four_eyes_above_minor if four_eyes_above is None else four_eyes_above,
                rate_age_days=terms.rate_age_days if rate_age_days is None else rate_age_days,
                change_percent=terms.change_percent if change_percent is None else change_percent,
            )
            terms = approval_terms()
        console.print(
            f"Version {terms.version}: four eyes above {terms.four_eyes_above_minor:,} minor units; rates older than "
            f"{terms.rate_age_days} days and totals that move by more than {terms.change_percent} % are looked at."
        )


@contextmanager
def _explained() -> Iterator[None]:
    """Turn a refusal into a sentence and exit code 1."""
    try:
        yield
    except (ApprovalRefused, ValueError) as refusal:
        sys.exit(str(refusal))


def _run(number: str) -> ApprovalRun:
    found = ApprovalRun.objects.filter(number=number).first()
    if found is None:
        raise ApprovalRefused(f"There is no approval run {number}; `tallystick approval list` shows those there are.")
    return found


def _table(runs: Iterable[ApprovalRun]) -> Table:
    table = Table("Run", "State", "Lines", "Total", "Prepared by", "Approved by", box=None)
    for run in runs:
        total = str(Money(run.total_minor, run.currency))
        state = str(run.get_state_display())
        table.add_row(run.number, state, f"{run.lines:,}", total, run.prepared_by_label, run.approved_by_label)
    return table
