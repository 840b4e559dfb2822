"""Background jobs of notices: thin, and idempotent because what they call is."""

from __future__ import annotations

from collections.abc import Callable

from procrastinate.contrib.django import app

from tallystick.flows.notifications import compose, digests, reminders, stream
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.notifications import chat, delivering, jobs
from tallystick.platform.tenancy import scope
from tallystick.platform.webhooks import jobs as webhook_jobs
from tallystick.platform.webhooks.writing import any_endpoint

REMIND = "notices.remind"
DIGESTS = "notices.digests"
CATCH_UP = "notices.catch_up"


@workspace_job(name=jobs.TAKE_UP)
def take_up(*, workspace_id: int) -> None:  # noqa: ARG001 - every job names its workspace
    """Tell people of what is new in the activity stream, and have programs told beside it."""
    if any_endpoint():
        webhook_jobs.take_up_soon()
    stream.take_up(at=now())


@workspace_job(name=jobs.DELIVER)
def deliver(*, workspace_id: int, delivery_id: int) -> None:  # noqa: ARG001
    """Write and send one mail."""
    at = now()
    delivering.deliver_mail(delivery_id=delivery_id, compose=lambda delivery: compose.compose(delivery, at=at), at=at)


@workspace_job(name=jobs.SAY_IN_CHAT)
def say_in_chat(*, workspace_id: int, delivery_id: int) -> None:  # noqa: ARG001
    """Send one message to a chat."""
    chat.say_in_chat(delivery_id=delivery_id, at=now())


@app.periodic(cron="* * * * *")
@app.task(name=CATCH_UP, queueing_lock=CATCH_UP)
def catch_up(timestamp: int) -> None:  # noqa: ARG001 - the queue gives when it was due
    """Take up what a lost poke left behind, and give up mails that nobody takes."""
    _everywhere(lambda: stream.take_up(at=now()))
    _everywhere(lambda: delivering.give_up_old_deliveries(at=now()))


@app.periodic(cron="*/15 * * * *")
@app.task(name=DIGESTS, queueing_lock=DIGESTS)
def queue_digests(timestamp: int) -> None:  # noqa: ARG001
    """Have the digests written that are due; every quarter of an hour, because zones begin their hours there."""
    _everywhere(lambda: digests.queue_digests(at=now()))


@app.periodic(cron="10 * * * *")
@app.task(name=REMIND, queueing_lock=REMIND)
def remind(timestamp: int) -> None:  # noqa: ARG001
    """Record the reminders that are due; every hour, because days begin at different times."""
    _everywhere(lambda: reminders.remind(Actor.job(REMIND), at=now()))


def _everywhere(work: Callable[[], int]) -> None:
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            work()
