"""Asks for the jobs of `flows.notifications.tasks`, by name."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from tallystick.platform.tenancy import current_workspace_id

TAKE_UP: Final = "notices.take_up"
DELIVER: Final = "notices.deliver"
SAY_IN_CHAT: Final = "notices.say_in_chat"

_POKED: Final = "_tallystick_notices_poked"


def take_up_after_commit() -> None:
    """Have the stream of the workspace in scope read soon after this transaction commits, once a transaction.

    A poke that is lost, because the process died in between, is made good by the periodic job a minute later.
    """
    poked: set[int] = getattr(connection, _POKED, set())
    workspace_id = current_workspace_id()
    if workspace_id in poked and connection.in_atomic_block:
        return
    setattr(connection, _POKED, {*poked, workspace_id})
    transaction.on_commit(lambda: _take_up(workspace_id), robust=True)


def _take_up(workspace_id: int) -> None:
    setattr(connection, _POKED, getattr(connection, _POKED, set()) - {workspace_id})
    lock = f"{TAKE_UP}:{workspace_id}"
    if ProcrastinateJob.objects.filter(queueing_lock=lock, status="todo").exists():
        return
    try:
        with transaction.atomic():
            app.configure_task(TAKE_UP, queueing_lock=lock).defer(workspace_id=workspace_id)
    except AlreadyEnqueued:
        return


def deliver_at(*, delivery_id: int, due_at: datetime) -> None:
    """Have a mail sent at that instant, once this transaction commits."""
    app.configure_task(DELIVER, schedule_at=due_at).defer(
        workspace_id=current_workspace_id(), delivery_id=delivery_id
    )


def say_in_chat(*, delivery_id: int) -> None:
    """Have a message sent to a chat, once this transaction commits."""
    app.configure_task(SAY_IN_CHAT).defer(workspace_id=current_workspace_id(), delivery_id=delivery_id)
