"""`tallystick forms`: show, check and publish the forms of registrations and leads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.documents import text_of
from tallystick.cli.reasons import PublishReason
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.deals.forms import form_in_force
from tallystick.deals.rules.forms.form import Form, Subject
from tallystick.deals.rules.forms.reading import FormInvalid, read_form
from tallystick.deals.services import NothingChanged, publish_form, save_form_draft
from tallystick.partners.models import PartnerType
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now

form_commands = typer.Typer(help="Show, check and publish the forms of registrations and leads.", no_args_is_help=True)
commands.add_typer(form_commands, name="forms")

FileArgument = Annotated[
    Path, typer.Argument(help="Forms of registrations and leads as YAML.", exists=True, dir_okay=False, readable=True)
]


@form_commands.command("show")
def show(
    *,
    partner_type: Annotated[
        PartnerType | None, typer.Option("--type", help="What partners of this type are asked, those of its track.")
    ] = None,
    source: Annotated[bool, typer.Option("--source", help="The YAML text in place of a table.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what is asked beside the standard fields now, in order, or the text to change."""
    with in_workspace(workspace):
        known = form_in_force()
        if source:
            typer.echo(known.document, nl=False)
            return
        since = f", published {known.published_at:%Y-%m-%d}" if known.published_at else ": none was published"
        console.print(f"{known.form.title}, version {known.number}{since}.")
        table = Table("Asked for", "Field", "Label", "Kind", "Needed", "Of whom", "CRM property", box=None)
        for subject in Subject:
            fields = known.form.asked(subject, partner_type) if partner_type else known.form.fields[subject]
            for field in fields:
                whom = ", ".join(sorted(field.partner_types)) or "everybody"
                needed = "yes" if field.required else "no"
                table.add_row(subject.value, field.id, field.label, field.kind.value, needed, whom, field.crm_property)
        console.print(table if table.row_count else "Nothing is asked beside the standard fields.")


@form_commands.command("check")
def check(file: FileArgument) -> None:
    """Tell whether a file is a form to ask by; each mistake with its line, its field and how to mend it."""
    form = _read(file)
    counts = " and ".join(f"{len(form.fields[subject])} for a {subject.value}" for subject in Subject)
    console.print(f"{form.title}: {counts}. Hash {form.hash}")


@form_commands.command("publish")
def publish(
    file: FileArgument,
    *,
    reason: PublishReason = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Publish the forms: they are asked of every claim from then on, and the version never changes."""
    _read(file)
    with in_workspace(workspace):
        actor = Actor.command("forms publish")
        draft = save_form_draft(actor, document=text_of(file), at=now())
        try:
            version = publish_form(actor, version_id=draft.pk, reason=reason, at=now())
        except NothingChanged as error:
            sys.exit(str(error))
        console.print(f"Version {version.number} of the registration form is published. Hash {version.document_hash}")


def _read(file: Path) -> Form:
    try:
        return read_form(text_of(file))
    except FormInvalid as error:
        sys.exit(str(error))
