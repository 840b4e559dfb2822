"""Background jobs of the flows: thin, and idempotent because what they call is."""

from __future__ import annotations

from typing import Any

from tallystick.flows import attribution, jobs, settlement, uploads
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


@workspace_job(name=uploads.LOAD_UPLOAD)
def load_upload(*, workspace_id: int, token: str, said: dict[str, Any], person_id: int | None, label: str) -> None:  # noqa: ARG001
    """Load a file that a person uploaded."""
    uploads.load_upload(token=token, said=said, person_id=person_id, label=label, at=now())


@workspace_job(name=uploads.TRY_UPLOAD)
def try_upload(*, workspace_id: int, token: str, said: dict[str, Any], person_id: int | None, label: str) -> None:  # noqa: ARG001
    """Count what a file that a person uploaded would bring."""
    uploads.try_upload(token=token, said=said, person_id=person_id, label=label, at=now())
