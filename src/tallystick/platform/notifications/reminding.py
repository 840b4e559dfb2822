"""Reminders: entries of the activity stream that the clock writes, once an occasion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.models import ReminderGiven
from tallystick.platform.tenancy import current_workspace_id


@transaction.atomic
def remind_once(
    actor: Actor,
    *,
    verb: str,
    subject_kind: str,
    subject_id: int,
    occasion: str,
    summary: str,
    at: datetime,
    partner_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> bool:
    """Record the reminder unless it was for this occasion; tells whether it was recorded now.

    The unique row is the judge: of parallel workers one writes it, and one that dies has written neither.
    """
    written = insert_rows(
        ReminderGiven,
        columns=("workspace_id", "verb", "subject_id", "occasion", "given_at"),
        rows=[(current_workspace_id(), verb, subject_id, occasion, at)],
        skip_existing=True,
        returning=["id"],
    )
    if not written:
        return False
    record_activity(
        actor,
        verb=verb,
        subject_kind=subject_kind,
        subject_id=subject_id,
        summary=summary,
        data={**(data or {}), "occasion": occasion},
        partner_id=partner_id,
        at=at,
    )
    return True
