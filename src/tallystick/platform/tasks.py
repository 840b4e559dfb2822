"""Jobs of the platform itself."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from tallystick.platform.worker import retry_stalled_jobs

KEPT_HOURS = 72


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
