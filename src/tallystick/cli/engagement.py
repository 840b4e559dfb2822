"""`tallystick engagement`: show, check, try and publish rules of engagement."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.documents import text_of
from tallystick.cli.reasons import PublishReason
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import EngagementVersion
from tallystick.deals.rules.engagement.reading import EngagementInvalid, default_document, read_engagement
from tallystick.deals.rules.engagement.words import compared_in, filled
from tallystick.deals.services import NothingChanged, publish_engagement, run_trial, save_engagement_draft, start_trial
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

engagement_commands = typer.Typer(help="Show, check, try and publish rules of engagement.", no_args_is_help=True)
commands.add_typer(engagement_commands, name="engagement")

FileArgument = Annotated[
    Path, typer.Argument(help="Rules of engagement as YAML.", exists=True, dir_okay=False, readable=True)
]


@engagement_commands.command("show")
def show(
    *,
    source: Annotated[bool, typer.Option("--source", help="The YAML text in place of plain words.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the rules that answer claims now, in plain words and in order, or as the text to change."""
    with in_workspace(workspace):
        rules = rules_in_force()
        if source:
            version = EngagementVersion.objects.filter(pk=rules.version_id or 0).first()
            typer.echo(version.document if version else default_document(), nl=False)
            return
        currency = Workspace.objects.get(pk=current_workspace_id()).currency
        since = f", published {rules.published_at:%Y-%m-%d}" if rules.published_at else ", as shipped"
        console.print(f"{rules.engagement.title}, version {rules.number}{since}. {rules.reference}")
        table = Table("No.", "Rule", "What it asks", "If broken")
        for number, rule in enumerate(rules.engagement.rules, start=1):
            compared = compared_in(rule.condition, rule.applies)
            says = filled(rule.says, facts={}, compared=compared, currency=currency)
            table.add_row(str(number), rule.id, says, rule.broken.value)
        console.print(table)


@engagement_commands.command("check")
def check(file: FileArgument) -> None:
    """Tell whether a file holds rules to decide by; each mistake with its line, its field and how to mend it."""
    rules = _read(file)
    console.print(f"{rules.title}: {len(rules.rules)} rules in order. Hash {rules.hash}")


@engagement_commands.command("dry-run")
def dry_run(file: FileArgument, *, workspace: WorkspaceOption = None) -> None:
    """Hold changed rules against every claim made so far and tell whose answer would be another. Decides nothing."""
    _read(file)
    with in_workspace(workspace):
        document = text_of(file)
        trial = start_trial(Actor.command("engagement dry-run"), document=document, at=now())
        trial = run_trial(trial_id=trial.pk, at=now())
        changed = sum(trial.counts.values())
        console.print(f"{changed} of {trial.claims} claims would have been answered otherwise.")
        if trial.rows:
            table = Table("Claim", "Partner", "Company", "By the rules in force", "By these")
            for row in trial.rows:
                answers = (_answer(row["before"]), _answer(row["after"]))
                table.add_row(row["reference"], row["partner"], row["company"], *answers)
            console.print(table)


@engagement_commands.command("publish")
def publish(
    file: FileArgument,
    *,
    reason: PublishReason = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Publish rules of engagement: they answer every claim from then on, and the version never changes."""
    _read(file)
    with in_workspace(workspace):
        actor = Actor.command("engagement publish")
        draft = save_engagement_draft(actor, document=text_of(file), at=now())
        try:
            version = publish_engagement(actor, version_id=draft.pk, reason=reason, at=now())
        except NothingChanged as error:
            sys.exit(str(error))
        console.print(f"Version {version.number} of the rules of engagement is published. Hash {version.document_hash}")


def _read(file: Path) -> Any:
    try:
        return read_engagement(text_of(file))
    except EngagementInvalid as error:
        sys.exit(str(error))


def _answer(answer: Mapping[str, Any]) -> str:
    if answer["declined_by"]:
        return f"declined by {answer['declined_by']}"
    return f"held; to weigh: {', '.join(answer['to_weigh'])}" if answer["to_weigh"] else "held, every rule met"
