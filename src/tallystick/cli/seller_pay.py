"""`tallystick seller-pay`: the table of what AEs are paid, and whether a deal pays the same with a partner."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.reasons import PublishReason
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.commissions.models import PayVerdict, SellerPayCheck
from tallystick.commissions.rules.seller_pay import PaidOn, PayRate, PayTableRefused
from tallystick.commissions.rules.seller_pay_file import (
    LARGEST_FILE,
    PERCENTS,
    read_percent,
    read_rates,
    text_of_file,
    write_rates,
)
from tallystick.commissions.seller_pay import pay_checks, pay_table, pay_versions, verdict_totals
from tallystick.commissions.services import check_seller_pay, publish_seller_pay
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now

pay_commands = typer.Typer(
    help="Show, check and publish what AEs are paid, and compare deals with partners.", no_args_is_help=True
)
commands.add_typer(pay_commands, name="seller-pay")

FileArgument = Annotated[
    Path,
    typer.Argument(
        help="CSV: seller, product, segment, direct, sourced, influenced, resale.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]


@pay_commands.command("show")
def show(
    *,
    source: Annotated[bool, typer.Option("--source", help="As the CSV to change, in place of a table.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the table that holds."""
    with in_workspace(workspace):
        holds = pay_versions().first()
        if holds is None:
            sys.exit("No table was published: nothing is compared. Publish one with `tallystick seller-pay publish`.")
        known = pay_table(holds)
        if source:
            typer.echo(write_rates(known.rates), nl=False)
            return
        console.print(
            f"Version {holds.number}, published {holds.published_at:%Y-%m-%d} by {holds.published_by_label}. "
            f"Paid on {_base(known.paid_on)}; {_plain(known.tolerance_percent)} % may lie between.",
            markup=False,
        )
        table = Table("Seller", "Product", "Segment", "Direct", "Sourced", "Influenced", "Resold", box=None)
        for rate in known.rates:
            percents = (f"{_plain(getattr(rate, name))} %" for name in PERCENTS)
            table.add_row(rate.seller or "all", rate.product or "all", rate.segment or "all", *percents)
        console.print(table)


@pay_commands.command("check")
def check(file: FileArgument) -> None:
    """Tell whether a file is a table to compare by; each mistake with its line, its column and how to mend it."""
    rates = _read(file)
    console.print(f"{file.name} is in order: {len(rates)} rows.")


@pay_commands.command("publish")
def publish(
    file: FileArgument,
    *,
    paid_on: Annotated[PaidOn, typer.Option(help="The whole amount, or what is kept after the partner's commission.")],
    tolerance: Annotated[str, typer.Option(help="Difference allowed, in percent of the pay direct.")] = "0",
    reason: PublishReason = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Publish the next version of the table and compare every deal with a partner by it."""
    rates, percent = _read(file), read_percent(tolerance)
    if percent is None:
        sys.exit(f"“{tolerance}” is no percentage. Write it like 8 or 7.5.")
    with in_workspace(workspace):
        before = pay_versions().first()
        try:
            version = publish_seller_pay(
                Actor.command("seller-pay publish"),
                rates=rates,
                paid_on=paid_on,
                tolerance_percent=percent,
                reason=reason,
                at=now(),
            )
        except PayTableRefused as refused:
            sys.exit("\n".join(refused.problems))
        if before is not None and version.pk == before.pk:
            sys.exit(f"Nothing was changed: version {version.number} says just that.")
        compared = check_seller_pay(at=now())
        console.print(f"Version {version.number} is published; {compared:,} deals are compared by it.")


@pay_commands.command("compare")
def compare(
    *,
    verdict: Annotated[PayVerdict | None, typer.Option(help="Only deals that come to this.")] = None,
    seller: Annotated[str | None, typer.Option(help="Only deals of this owner, as the CRM spells it.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="With each step and its figures.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many deals at most.")] = 50,
    workspace: WorkspaceOption = None,
) -> None:
    """Compare every deal with a partner anew and list them, those that cost their seller most first."""
    with in_workspace(workspace):
        compared = check_seller_pay(at=now())
        if not pay_versions().exists():
            sys.exit("No table was published: nothing is compared. Publish one with `tallystick seller-pay publish`.")
        totals = "; ".join(_total(*total) for total in verdict_totals(pay_checks(sellers=None)))
        console.print(f"{compared:,} deals compared. {totals}", markup=False)
        found = pay_checks(sellers=None if seller is None else [seller])
        found = found.filter(verdict=verdict) if verdict is not None else found
        table = Table("Deal", "Seller", "Direct", "With partner", "Difference", "Verdict", box=None)
        shown = list(found.order_by("difference_minor", "id")[:limit])
        for row in shown:
            amounts = (row.direct_minor, row.partnered_minor, row.difference_minor)
            figures = (_money(minor, row) for minor in amounts)
            table.add_row(row.opportunity.name, row.seller or "–", *figures, str(row.get_verdict_display()))
        console.print(table)
        for row in shown if explain else ():
            explanation = Explanation.from_json(row.explanation)
            console.print(f"{row.opportunity.name}: {explanation.conclusion} By {explanation.policy}.", markup=False)
            for step in explanation.steps:
                console.print(f"  {step.sentence}", markup=False)


def _read(file: Path) -> tuple[PayRate, ...]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        return read_rates(text_of_file(content, size=len(content)))
    except PayTableRefused as refused:
        sys.exit("\n".join(refused.problems))


def _total(verdict: PayVerdict, count: int, sums: list[Money]) -> str:
    together = " + ".join(str(amount) for amount in sums)
    return f"{verdict.label}: {count:,}" + (f", {together} together" if together else "")


def _base(paid_on: PaidOn) -> str:
    return "the whole amount" if paid_on is PaidOn.AMOUNT else "what is kept after the partner's commission"


def _money(minor: int | None, row: SellerPayCheck) -> str:
    return "–" if minor is None else str(Money(minor, row.currency))


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f}"
