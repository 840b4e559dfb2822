"""`tallystick notify` and `tallystick digest`: what the worker does by the clock, and a digest as it would read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from django.conf import settings
from django.utils import translation

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.flows.notifications import digests, reminders, stream
from tallystick.flows.notifications.readers import Listener, partner_listeners, vendor_listeners
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.models import Workspace
from tallystick.platform.notifications.letters import message_of
from tallystick.platform.tenancy import current_workspace_id


class DigestName(StrEnum):
    """The digests that can be read on the command line."""

    DAILY = "daily"
    WEEKLY = "weekly"


@commands.command()
def notify(*, workspace: WorkspaceOption = None) -> None:
    """Record reminders that are due, tell people of what is new and queue due digests; a repeat changes nothing."""
    with in_workspace(workspace):
        at = now()
        reminded = reminders.remind(Actor.command("notify"), at=at)
        read = stream.take_up(at=at)
        queued = digests.queue_digests(at=at)
        console.print(f"Reminders: {reminded:,}. Entries told: {read:,}. Digests queued: {queued:,}.")
        console.print("Mails and chat messages are sent by the worker.")


@commands.command()
def digest(
    email: Annotated[str, typer.Argument(help="Whose digest.")],
    *,
    name: Annotated[DigestName, typer.Option("--name", help="Which digest.")] = DigestName.WEEKLY,
    workspace: WorkspaceOption = None,
) -> None:
    """Print the digest that somebody would get now, as plain text; nothing is sent."""
    with in_workspace(workspace):
        listeners = [found for found in _listeners() if found.person.email == email.strip().lower()]
        if not listeners:
            raise typer.BadParameter(f"{email} works neither here nor for a partner.")
        current = Workspace.objects.get(pk=current_workspace_id())
        for listener in listeners:
            with translation.override(listener.person.language or settings.LANGUAGE_CODE):
                letter = digests.letter_of(listener, current, topic=f"digest:{name}:now", at=now())
            if letter is None:
                console.print("There is nothing to tell: no mail would be sent.")
            else:
                message = message_of(letter, to=email, key="preview")
                console.print(f"{message.subject}\n\n{message.body}", markup=False)


def _listeners() -> list[Listener]:
    return [*vendor_listeners(), *(listener for group in partner_listeners().values() for listener in group)]
