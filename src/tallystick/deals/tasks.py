"""Background jobs on registrations."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tallystick.deals import services
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

EXPIRE = "deals.expire_protections"


@app.periodic(cron="5 * * * *")
@app.task(name=EXPIRE, queueing_lock=EXPIRE)
def expire_protections(timestamp: int) -> None:  # noqa: ARG001 - the queue gives when it was due; the day is read now
    """End protections whose last day is past; every hour, because workspaces live in different time zones."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            services.expire_protections(Actor.job(EXPIRE), at=now())


@workspace_job(name="deals.try_engagement")
def try_engagement(*, workspace_id: int, trial_id: int) -> None:  # noqa: ARG001 - it is the scope already
    """Hold changed rules of engagement against past claims."""
    services.run_trial(trial_id=trial_id, at=now())
