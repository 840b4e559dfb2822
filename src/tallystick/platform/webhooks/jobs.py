"""Asks for the jobs of `flows.webhooks.tasks`, by name."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tallystick.platform.tenancy import current_workspace_id

TAKE_UP: Final = "webhooks.take_up"
SEND: Final = "webhooks.send"


def take_up_soon() -> None:
    """Have the stream of the workspace in scope written down as messages."""
    workspace_id = current_workspace_id()
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(TAKE_UP, queueing_lock=f"{TAKE_UP}:{workspace_id}").defer(workspace_id=workspace_id)


def send_at(*, endpoint_id: int, due_at: datetime) -> None:
    """Have what is due for an endpoint sent at that instant, once this transaction commits.

    The messages say themselves when they are due: a job too many finds nothing, and one that was lost is made good by
    the periodic one a minute later. One job an endpoint and second is enough, however many messages wait for it.
    """
    lock = f"{SEND}:{endpoint_id}:{int(due_at.timestamp())}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(SEND, queueing_lock=lock, schedule_at=due_at).defer(
            workspace_id=current_workspace_id(), endpoint_id=endpoint_id
        )
