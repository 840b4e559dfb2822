"""`tallystick plan`: check commission plans and publish them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.application import commands, console
from tallystick.cli.documents import text_of
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.flows.programmes import publish_plan
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.programmes.rules.reading import PlanInvalid, read_plan
from tallystick.programmes.services import PlanClash, TrackMissing, save_plan_draft

plan_commands = typer.Typer(help="Check commission plans and publish them.", no_args_is_help=True)
commands.add_typer(plan_commands, name="plan")

FileArgument = Annotated[Path, typer.Argument(help="Plan as YAML.", exists=True, dir_okay=False, readable=True)]


@plan_commands.command("check")
def check(file: FileArgument) -> None:
    """Tell whether a file is a plan that can be paid by; each mistake with its line, its field and how to mend it."""
    try:
        plan = read_plan(text_of(file))
    except PlanInvalid as error:
        sys.exit(str(error))
    console.print(f"{plan.name} is in order: track {plan.track}, {plan.currency}, valid from {plan.valid_from}.")
    console.print(f"Hash {plan.hash}")


@plan_commands.command("publish")
def publish(file: FileArgument, *, workspace: WorkspaceOption = None) -> None:
    """Publish a plan for the track it names; from then on it never changes. Its invoices wait to be settled anew."""
    with in_workspace(workspace):
        actor = Actor.command("plan publish")
        try:
            draft = save_plan_draft(actor, document=text_of(file), at=now())
            version = publish_plan(actor, version_id=draft.pk, at=now())
        except (PlanInvalid, TrackMissing, PlanClash) as error:
            sys.exit(str(error))
        console.print(
            f"Version {version.number} of the plan of {version.track.name} is published, "
            f"valid from {version.valid_from}. Hash {version.document_hash}"
        )
