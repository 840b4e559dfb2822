"""Whose import it is: what every statement of a load needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from psycopg import sql


@dataclass(frozen=True, slots=True)
class ImportScope:
    """The workspace, the import and the outside system it brings facts from; `today` in the workspace's time zone."""

    workspace_id: int
    import_id: int
    source: str
    today: date
    home_currency: str


def lock_imports(workspace_id: int) -> None:
    """Let one import or undo of the workspace run at a time; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tallystick.import', %s))", [workspace_id])


def count(raw: Any, query: sql.Composable | str) -> int:
    """Return the one number that a query answers."""
    raw.execute(query)
    row = raw.fetchone()
    return int(row[0] or 0)
