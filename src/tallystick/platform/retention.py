"""For how long things are kept: our numbers, those a workspace sets instead, and the nightly removal of what is older.

What proves something is not among them: the ledger, statements, decisions and the activity chain are kept for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Kept, RetentionPeriod
from tallystick.platform.tenancy import current_workspace_id

DEFAULT_DAYS: Final[Mapping[Kept, int]] = {
    Kept.REFUSED_ROWS: 90,
    Kept.IMPORT_UNDO: 30,
    Kept.LAPSED_INVITATIONS: 90,
    Kept.LIST_FILES: 7,
    Kept.WEBHOOK_DELIVERIES: 30,
    Kept.INBOUND_MAIL: 90,
    Kept.DRAFTS: 30,
}


def kept_for(subject: Kept) -> int:
    """Return for how many days the workspace in scope keeps something."""
    own = RetentionPeriod.objects.filter(subject=subject).values_list("days", flat=True).first()
    return own if own is not None else DEFAULT_DAYS[subject]


def periods() -> dict[Kept, int]:
    """Return every period of the workspace in scope. One query."""
    own = {Kept(subject): days for subject, days in RetentionPeriod.objects.values_list("subject", "days")}
    return {**DEFAULT_DAYS, **own}


@transaction.atomic
def set_periods(actor: Actor, *, days: Mapping[Kept, int], at: datetime) -> None:
    """Set for how long things are kept in the workspace in scope; nothing is recorded where nothing changes."""
    before = periods()
    changed = {subject: number for subject, number in days.items() if before[subject] != number}
    if not changed:
        return
    for subject, number in changed.items():
        RetentionPeriod.objects.update_or_create(
            workspace_id=current_workspace_id(), subject=subject, defaults={"days": number}
        )
    record_activity(
        actor,
        verb="retention_changed",
        subject_kind="workspace",
        subject_id=current_workspace_id(),
        summary="How long things are kept was changed: "
        + ", ".join(f"{Kept(subject).label.lower()} {number} days" for subject, number in changed.items()),
        data={"changed": {subject.value: [before[subject], number] for subject, number in changed.items()}},
        at=at,
    )
