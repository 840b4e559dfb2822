"""Which workspace a command works in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

WorkspaceOption = Annotated[
    str | None,
    typer.Option("--workspace", "-w", envvar="TALLYSTICK_WORKSPACE", help="Workspace by its slug; needed if several."),
]


@contextmanager
def in_workspace(slug: str | None) -> Iterator[Workspace]:
    """Enter the scope of the workspace named, or of the only one there is; ends the command with a hint otherwise."""
    workspace = _workspace(slug)
    with scope(workspace_id=workspace.pk):
        yield workspace


def _workspace(slug: str | None) -> Workspace:
    known = {workspace.slug: workspace for workspace in Workspace.objects.order_by("slug")}
    names = ", ".join(known)
    if not known:
        sys.exit("There is no workspace yet. Make one with `tallystick workspace create`.")
    if slug is None and len(known) > 1:
        sys.exit(f"There are several workspaces: {names}. Say which with --workspace.")
    if slug is not None and slug not in known:
        sys.exit(f"There is no workspace “{slug}”. Known: {names}.")
    return known[slug] if slug is not None else next(iter(known.values()))
