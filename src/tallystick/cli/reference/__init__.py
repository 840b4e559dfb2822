"""`tallystick reference`: writes the pages of docs/reference that follow from the code; a test holds them to it.

Each module beside this one builds a page from what the code declares. A declaration without its sentence is refused by
the tests, so that whoever adds a setting, a command, a fact or an event also says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from tallystick.cli.application import commands, console
from tallystick.cli.reference.api import api_errors_page, openapi_file
from tallystick.cli.reference.command_line import command_line_page
from tallystick.cli.reference.engagement import engagement_facts_page, engagement_page, engagement_schema
from tallystick.cli.reference.events import events_page
from tallystick.cli.reference.forms import registration_form_page
from tallystick.cli.reference.import_fields import import_fields_page
from tallystick.cli.reference.invariants import invariants_page
from tallystick.cli.reference.metrics import metrics_page
from tallystick.cli.reference.permissions import permissions_page
from tallystick.cli.reference.plan_document import plan_page, plan_schema
from tallystick.cli.reference.plan_facts import plan_facts_page
from tallystick.cli.reference.settings import settings_page

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "api-errors.md": api_errors_page,
    "command-line.md": command_line_page,
    "engagement.md": engagement_page,
    "engagement-facts.md": engagement_facts_page,
    "engagement.schema.json": engagement_schema,
    "events.md": events_page,
    "import-fields.md": import_fields_page,
    "invariants.md": invariants_page,
    "metrics.md": metrics_page,
    "openapi.json": openapi_file,
    "permissions.md": permissions_page,
    "plan-document.md": plan_page,
    "plan-facts.md": plan_facts_page,
    "plan.schema.json": plan_schema,
    "registration-form.md": registration_form_page,
    "settings.md": settings_page,
}
"""The generated files of docs/reference; the others there are written by hand."""


@commands.command()
def reference(
    folder: Annotated[Path, typer.Argument(help="Folder that holds the reference.", file_okay=False)] = Path(
        "docs/reference"
    ),
) -> None:
    """Write the pages of the reference that follow from the code."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
    console.print(f"{len(PAGES)} pages written to {folder}.")
