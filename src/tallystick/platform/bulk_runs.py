"""What was done to many rows at once, kept so that whoever did it can take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import BulkRun, Person
from tallystick.platform.tenancy import current_workspace_id

UNDONE_WITHIN: Final = timedelta(hours=24)
"""For how long many rows are put back at once; later others have built upon them, and each is changed by itself."""

Left = Sequence[tuple[str, str]]
"""Rows that were left as they are: what they are called, and why."""


class RunMissing(LookupError):
    """Raised where there is nothing to take back: no such run of this person, or it was taken back already."""


class TooLate(ValueError):
    """Raised where a run is older than `UNDONE_WITHIN`."""


def undone_until(run: BulkRun) -> datetime:
    """Return until when a run can be taken back."""
    return run.at + UNDONE_WITHIN


def run_of(*, person: Person, run_id: int) -> BulkRun:
    """Return what a person did to many rows; raises `RunMissing` for another's."""
    run = BulkRun.objects.filter(pk=run_id, person=person).first()
    if run is None:
        raise RunMissing
    return run


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
    refused: Left,
    at: datetime,
) -> BulkRun:
    """Keep what an action did and why, and what it left; `record` holds JSON values that undoing it needs.

    The activity stream gets one entry beside those of the rows, with the reason and the digest of the record.
    """
    run = BulkRun.objects.create(
        workspace_id=current_workspace_id(),
        person=person,
        list_name=list_name,
        action=action,
        rows=rows,
        record=dict(record),
        words=words,
        refused=[list(row) for row in refused],
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
    """Mark a run as taken back and return it; its record says what to put back. Raises `RunMissing` and `TooLate`."""
    run = BulkRun.objects.select_for_update().filter(pk=run_id, person=person, undone_at__isnull=True).first()
    if run is None:
        raise RunMissing
    if at > undone_until(run):
        raise TooLate
    run.undone_at = at
    run.save(update_fields=["undone_at"])
    return run


def note_undoing(run: BulkRun, *, words: str, refused: Left) -> None:
    """Note what taking a run back did, and which rows stayed as they were and why."""
    run.undone_words, run.undone_refused = words, [list(row) for row in refused]
    run.save(update_fields=["undone_words", "undone_refused"])
