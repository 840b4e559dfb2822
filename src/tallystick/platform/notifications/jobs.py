"""Asks for the jobs of `flows.notifications.tasks`, by name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Poke:
    """Has the stream of a workspace read; waits among the callbacks of a transaction for its commit."""

    workspace_id: int

    def __call__(self) -> None:
        lock = f"{TAKE_UP}:{self.workspace_id}"
        if ProcrastinateJob.objects.filter(queueing_lock=lock, status="todo").exists():
            return
        # Another process may have asked in between: the queue holds one request a workspace.
        with suppress(AlreadyEnqueued), transaction.atomic():
            app.configure_task(TAKE_UP, queueing_lock=lock).defer(workspace_id=self.workspace_id)


def take_up_after_commit() -> None:
    """Have the stream of the workspace in scope read soon after this transaction commits, once a transaction.

    A poke that is lost, because the process died in between, is made good by the periodic job a minute later.
    """
    poke = _Poke(current_workspace_id())
    if poke not in [entry[1] for entry in connection.run_on_commit]:
        transaction.on_commit(poke, robust=True)


def deliver_at(*, delivery_id: int, due_at: datetime) -> None:
    """Have a mail sent at that instant, once this transaction commits."""
    app.configure_task(DELIVER, schedule_at=due_at).defer(workspace_id=current_workspace_id(), delivery_id=delivery_id)


def say_in_chat(*, delivery_id: int) -> None:
    """Have a message sent to a chat, once this transaction commits."""
    app.configure_task(SAY_IN_CHAT).defer(workspace_id=current_workspace_id(), delivery_id=delivery_id)
