"""What was done to many rows at once, kept so that whoever did it can take it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import BulkRun, Person
from tallystick.platform.tenancy import current_workspace_id


class RunMissing(LookupError):
    """Raised where there is nothing to take back: no such run of this person, or it was taken back already."""


@transaction.atomic
def keep_run(
    actor: Actor,
    *,
    person: Person,
    list_name: str,
    action: str,
    words: str,
    reason: str,
    rows: int,
    record: Mapping[str, Any],
    at: datetime,
) -> BulkRun:
    """Keep what an action did and why; `record` holds JSON values that undoing it needs.

    The activity stream gets one entry beside those of the rows, with the reason and the digest of the record.
    """
    run = BulkRun.objects.create(
        workspace_id=current_workspace_id(),
        person=person,
        list_name=list_name,
        action=action,
        rows=rows,
        record=dict(record),
        at=at,
    )
    record_activity(
        actor,
        verb="rows_changed_together",
        subject_kind="bulk_run",
        subject_id=run.pk,
        summary=words,
        data={
            "list": list_name,
            "action": action,
            "rows": rows,
            "reason": reason,
            "digest": sha256_hex(canonical_json(run.record)),
        },
        at=at,
    )
    return run


@transaction.atomic
def take_back(*, person: Person, run_id: int, at: datetime) -> BulkRun:
    """Mark a run as taken back and return it; its record says what to put back. Raises `RunMissing`."""
    run = BulkRun.objects.select_for_update().filter(pk=run_id, person=person, undone_at__isnull=True).first()
    if run is None:
        raise RunMissing
    run.undone_at = at
    run.save(update_fields=["undone_at"])
    return run
