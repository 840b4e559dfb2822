"""Jobs of the platform itself."""

from __future__ import annotations

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from tallystick.platform.actors import Actor
from tallystick.platform.chain_checks import ChainBroken, check_chain
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.worker import retry_stalled_jobs

KEPT_HOURS = 72
CHECK = "platform.check_chain"
CHECK_EVERYWHERE = "platform.check_chains_everywhere"


@app.periodic(cron="17 3 * * *")
@app.task(name="platform.remove_finished_jobs", queueing_lock="platform.remove_finished_jobs", pass_context=True)
async def remove_finished_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Remove jobs that succeeded more than `KEPT_HOURS` ago; failed ones stay until someone has looked."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)


@app.periodic(cron="* * * * *")
@app.task(name="platform.take_up_stalled_jobs", queueing_lock="platform.take_up_stalled_jobs", pass_context=True)
async def take_up_stalled_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Enqueue again the jobs of workers that died."""
    await retry_stalled_jobs(context.app.job_manager)


@workspace_job(name=CHECK, retry=RetryStrategy(max_attempts=1))
def check_the_chain(*, workspace_id: int) -> None:
    """Walk the whole chain of the activity stream and keep what was found. Raises `ChainBroken`, so that it is seen."""
    report = check_chain(Actor.job(CHECK), at=now())
    if not report.holds:
        raise ChainBroken(f"The chain of workspace {workspace_id} is broken: {report.reason}.")


@app.periodic(cron="29 3 * * *")
@app.task(name=CHECK_EVERYWHERE, queueing_lock=CHECK_EVERYWHERE)
def check_chains(timestamp: int) -> None:  # noqa: ARG001
    """Have the chain of every workspace checked, every night."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        check_the_chain.defer(workspace_id=workspace_id)
