"""`tallystick api-key`: make, list and revoke the keys that programs call the API with."""

from __future__ import annotations

import sys
from datetime import timedelta
from secrets import token_bytes
from typing import Annotated

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.partners.api_keys import (
    ENTROPY_NEEDED,
    PARTNER_KEY_PERMISSIONS,
    WORKSPACE_KEY_PERMISSIONS,
    KeyRefused,
    create_api_key,
    revoke_api_key,
)
from tallystick.partners.models import ApiKey, Partner
from tallystick.platform.access import Permission
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now

key_commands = typer.Typer(help="Make and revoke the keys that programs call the API with.", no_args_is_help=True)
commands.add_typer(key_commands, name="api-key")


@key_commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The program that will use it, such as CRM sync.")],
    *,
    permission: Annotated[
        list[Permission] | None,
        typer.Option(help="What it may do; may be given several times. All of its side if none."),
    ] = None,
    partner: Annotated[
        str, typer.Option(help="Name of the partner whose key it is; the workspace's if left out.")
    ] = "",
    days: Annotated[
        int | None, typer.Option(help="For how many days it works; until it is revoked if left out.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a key and print it: this once, as only its hash is kept."""
    with in_workspace(workspace):
        at = now()
        owner = _partner(partner) if partner else None
        offered = WORKSPACE_KEY_PERMISSIONS if owner is None else PARTNER_KEY_PERMISSIONS
        try:
            made = create_api_key(
                Actor.command("api-key create"),
                name=name,
                permissions=permission or offered,
                partner_id=owner.pk if owner else None,
                expires_at=at + timedelta(days=days) if days is not None else None,
                at=at,
                entropy=token_bytes(ENTROPY_NEEDED),
            )
        except KeyRefused as refusal:
            sys.exit(str(refusal))
        console.print(made.token, soft_wrap=True)


@key_commands.command("list")
def list_keys(*, workspace: WorkspaceOption = None) -> None:
    """List the keys of the workspace and of its partners."""
    with in_workspace(workspace):
        table = Table("Key", "Name", "Of", "May", "Last used", "State", box=None)
        for key in ApiKey.objects.select_related("partner").order_by("partner__name", "pk"):
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            owner = key.partner.name if key.partner else "the workspace"
            table.add_row(key.prefix, key.name, owner, ", ".join(key.permissions), used, _state(key))
        console.print(table)


@key_commands.command("revoke")
def revoke(
    prefix: Annotated[str, typer.Argument(help="The key as `list` shows it, such as tsk_1_9f3ab82ec1d0.")],
    *,
    workspace: WorkspaceOption = None,
) -> None:
    """Revoke a key: its next request is refused."""
    with in_workspace(workspace):
        key = ApiKey.objects.filter(prefix=prefix).first()
        if key is None:
            sys.exit(f"There is no key {prefix}. `tallystick api-key list` shows them.")
        revoke_api_key(Actor.command("api-key revoke"), key_id=key.pk, at=now())
        console.print(f"{key.name} is revoked.")


def _partner(name: str) -> Partner:
    found = Partner.objects.filter(name=name).first()
    if found is None:
        sys.exit(f"There is no partner {name}. `tallystick partner list` shows the names.")
    return found


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now() else "works"
