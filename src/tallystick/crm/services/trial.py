"""Loads a file and takes everything back at once: what it would bring, in exact numbers, without bringing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from tallystick.crm.models import ImportRefusal
from tallystick.crm.services.loading import load_batch, open_batch
from tallystick.crm.services.progress import VisibleProgress
from tallystick.crm.services.reading import FileRequest, file_hash, plan_file
from tallystick.crm.services.scope import lock_imports
from tallystick.platform.actors import Actor

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that would be refused: its line in the file, the column and value, and why."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a load would come to; `refused_rows` are the first of those refused."""

    rows_read: int
    added: int
    changed: int
    unchanged: int
    duplicate: int
    refused: int
    notes: tuple[str, ...]
    refused_rows: tuple[RefusedRow, ...]


def try_import(
    actor: Actor, *, request: FileRequest, at: datetime, on_rows: Callable[[int], None] | None = None
) -> Trial:
    """Return what loading the file into the workspace in scope would come to, and leave nothing behind.

    It takes as long as the load and keeps other loads of the workspace waiting meanwhile. Raises ImportProblem.
    """
    plan = plan_file(request)
    with transaction.atomic():
        batch = open_batch(actor, plan, file_hash(request.path), at)
        lock_imports(batch.workspace_id)
        with VisibleProgress(batch.pk, listener=on_rows) as progress:
            result = load_batch(batch, plan, at=at, progress=progress)
        refusals = ImportRefusal.objects.filter(batch=batch).order_by("line", "pk")[:_SHOWN]
        rows = tuple(RefusedRow(row.line, row.column, row.value, row.reason) for row in refusals)
        transaction.set_rollback(True)
    return Trial(
        rows_read=result.rows_read,
        added=result.added,
        changed=result.changed,
        unchanged=result.unchanged,
        duplicate=result.duplicate,
        refused=result.refused,
        notes=result.notes,
        refused_rows=rows,
    )
