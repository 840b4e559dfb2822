"""Background jobs of the flows: thin, and idempotent because what they call is."""

from __future__ import annotations

from tallystick.flows import attribution, jobs, settlement
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job


@workspace_job(name=jobs.DECIDE)
def decide(*, workspace_id: int) -> None:  # noqa: ARG001 - every job names its workspace
    """Decide every opportunity that waits, then settle every invoice that follows."""
    actor = Actor.job(jobs.DECIDE)
    for _ in attribution.decide(actor, at=now()):
        pass
    for _ in settlement.accrue(actor):
        pass
