"""Background jobs on registrations and leads."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tallystick.deals import services
from tallystick.deals.services.leads import lapse_offers
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

EXPIRE = "deals.expire_protections"
LAPSE = "deals.lapse_lead_offers"


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


@app.periodic(cron="*/5 * * * *")
@app.task(name=LAPSE, queueing_lock=LAPSE)
def lapse_lead_offers(timestamp: int) -> None:  # noqa: ARG001
    """End offers of leads whose time is over and ask the next partner; every five minutes, as a clock is shown."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            lapse_offers(Actor.job(LAPSE), at=now())
