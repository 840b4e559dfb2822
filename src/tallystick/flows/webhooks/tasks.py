"""Background jobs of outgoing webhooks: thin, and idempotent because what they call is."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tallystick.flows.webhooks import stream
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tallystick.platform.webhooks import jobs

CATCH_UP = "webhooks.catch_up"


@workspace_job(name=jobs.TAKE_UP)
def take_up(*, workspace_id: int) -> None:  # noqa: ARG001 - every job names its workspace
    """Write down which messages follow from what is new in the activity stream."""
    stream.take_up(at=now())


@workspace_job(name=jobs.SEND)
def send(*, workspace_id: int, endpoint_id: int) -> None:  # noqa: ARG001
    """Send what is due for one endpoint."""
    stream.send(endpoint_id=endpoint_id, clock=now)


@app.periodic(cron="* * * * *")
@app.task(name=CATCH_UP, queueing_lock=CATCH_UP)
def catch_up(timestamp: int) -> None:  # noqa: ARG001 - the queue gives when it was due
    """Take up what a lost job left behind."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            stream.catch_up(at=now())
