"""Tells imports that are running from imports whose process died, by a lock that only a living session holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from tallystick.crm.models import Import, ImportState

_JUST_STARTED: Final = timedelta(minutes=1)


def mark_running(import_id: int) -> None:
    """Hold the import's own lock until its transaction ends, however it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tallystick.import.alive', %s))", [import_id])


def close_interrupted_imports(*, at: datetime, except_for: int | None = None) -> None:
    """Mark as failed those imports of the workspace that say they run and do not; nothing of them was loaded."""
    running = Import.objects.filter(state=ImportState.RUNNING, started_at__lt=at - _JUST_STARTED).exclude(
        pk=except_for or 0
    )
    for import_id in running.order_by("pk").values_list("pk", flat=True):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended('tallystick.import.alive', %s))", [import_id]
            )
            (dead,) = cursor.fetchone()
        if dead:
            Import.objects.filter(pk=import_id).update(
                state=ImportState.FAILED,
                message="The load was interrupted. Nothing was loaded; load the file again.",
                finished_at=at,
            )
