"""`tallystick reference`: writes pages of docs/reference from the code; a test holds them to what this prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import typer

from tallystick.cli.application import commands
from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.models import WorkspaceRole

reference_commands = typer.Typer(
    help="Print pages of the reference, as docs/reference keeps them.", no_args_is_help=True
)
commands.add_typer(reference_commands, name="reference")


@reference_commands.command("permissions")
def print_permissions() -> None:
    """Print which role may do what: docs/reference/permissions.md."""
    typer.echo(permissions_page(), nl=False)


def permissions_page() -> str:
    """Return the page of permissions in Markdown: one table for the console, one for the portal."""
    lines = [
        "# Permissions",
        "",
        "What each role may do. A role lacking a permission is answered 403; whoever belongs to another workspace or",
        "partner is answered 404, as if there were nothing. Written by `tallystick reference permissions`.",
        "",
        "## Console: the vendor's people",
        "",
        *_table({role.label: WORKSPACE_ROLE_PERMISSIONS[role] for role in WorkspaceRole}),
        "",
        "## Portal: the partner's people",
        "",
        *_table({role.label: PARTNER_ROLE_PERMISSIONS[role] for role in PartnerRole}),
    ]
    return "\n".join(lines) + "\n"


def _table(roles: Mapping[str, frozenset[Permission]]) -> Iterator[str]:
    granted = frozenset[Permission]().union(*roles.values())
    yield "| Permission | " + " | ".join(roles) + " |"
    yield "|---|" + "---|" * len(roles)
    for permission in Permission:
        if permission in granted:
            marks = " | ".join("yes" if permission in held else "" for held in roles.values())
            yield f"| `{permission}`<br>{permission.sentence} | {marks} |"
