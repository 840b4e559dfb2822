"""Background jobs on imports."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app

from tallystick.crm.services.interrupted import close_interrupted_imports
from tallystick.platform.clock import now
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

CLOSE = "crm.close_interrupted_imports"


@app.periodic(cron="*/5 * * * *")
@app.task(name=CLOSE, queueing_lock=CLOSE)
def close_interrupted(timestamp: int) -> None:  # noqa: ARG001 - the queue gives when it was due; the clock is read now
    """Say of imports whose process died that they were interrupted, so that nobody waits for them."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id), transaction.atomic():
            close_interrupted_imports(at=now())
