"""`tallystick webhooks`: list endpoints, see what was sent, send again what was missed."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.models import WebhookDelivery, WebhookEndpoint, WebhookState, Workspace
from tallystick.platform.tenancy import current_workspace_id
from tallystick.platform.webhooks.endpoints import EndpointRefused
from tallystick.platform.webhooks.log import replay_failed

webhook_commands = typer.Typer(
    help="See what webhooks were sent, and send again what they missed.", no_args_is_help=True
)
commands.add_typer(webhook_commands, name="webhooks")


@webhook_commands.command("list")
def list_endpoints(*, workspace: WorkspaceOption = None) -> None:
    """List the endpoints of the workspace and of its partners."""
    with in_workspace(workspace):
        table = Table("Number", "Address", "Description", "Partner", "Events", "State", box=None)
        for row in WebhookEndpoint.objects.filter(removed_at__isnull=True).order_by("pk"):
            table.add_row(
                str(row.pk), row.url, row.description, str(row.partner_id or ""), str(len(row.types)), _state(row)
            )
        console.print(table)


@webhook_commands.command("sent")
def sent(
    *,
    state: Annotated[WebhookState | None, typer.Option(help="Only those in this state.")] = None,
    most: Annotated[int, typer.Option(help="How many, the latest first.")] = 50,
    workspace: WorkspaceOption = None,
) -> None:
    """List what was sent to webhooks, or waits to be."""
    with in_workspace(workspace):
        found = WebhookDelivery.objects.filter(state=state) if state else WebhookDelivery.objects.all()
        table = Table("Written", "Endpoint", "Event", "Message", "State", "Attempts", "What went wrong", box=None)
        for row in found.order_by("-created_at", "-pk")[:most]:
            table.add_row(
                f"{row.created_at:%Y-%m-%d %H:%M}",
                str(row.endpoint_id),
                row.type,
                row.message_id,
                row.state,
                str(row.attempts),
                row.problem,
            )
        console.print(table)


@webhook_commands.command("replay")
def replay(
    endpoint: Annotated[int, typer.Argument(help="The number of the endpoint as `list` shows it.")],
    *,
    since: Annotated[datetime, typer.Option(help="Since when, in the workspace's time zone.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Send again what an endpoint did not get since a moment."""
    with in_workspace(workspace):
        zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
        try:
            count = replay_failed(
                Actor.command("webhooks replay"), endpoint_id=endpoint, since=since.replace(tzinfo=zone), at=now()
            )
        except EndpointRefused as refusal:
            sys.exit(str(refusal))
        except WebhookEndpoint.DoesNotExist:
            sys.exit(f"There is no endpoint {endpoint}. `tallystick webhooks list` shows them.")
        console.print(f"{count} messages are sent again.")


def _state(row: WebhookEndpoint) -> str:
    if row.paused_at is not None:
        return str(row.get_pause_display())
    return "failing" if row.told_failing_at is not None else "active"
