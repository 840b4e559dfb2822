"""Approval of a month by two people, as a test's world needs it before statements are issued."""

from __future__ import annotations

from datetime import datetime

from tallystick.commissions.models import ApprovalRun
from tallystick.commissions.services import approve_approval_run, prepare_approval_runs
from tallystick.kernel.periods import Month
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.people import person_with


def person(name: str) -> Actor:
    """Return a person of the vendor as the author of a change."""
    address = f"{name.lower().replace(' ', '.')}@umbra.example"
    return Actor(ActorKind.PERSON, name, person_with(email=address, name=name).pk)


def approve_month(month: Month, *, at: datetime | None = None) -> list[ApprovalRun]:
    """Prepare all that is earned by the end of the month as one person, and approve it as another."""
    prepared = prepare_approval_runs(person("Petra Prepares"), through=month.last_day, at=at)
    approver = person("Axel Approves")
    return [approve_approval_run(approver, run_id=run.pk, at=at) for run in prepared]
