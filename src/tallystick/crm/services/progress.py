"""Makes the progress of a load visible while its transaction is still open.

The import's row is written through a second connection that commits at once; the load itself commits all or nothing.
Where the row is not committed yet, because a caller's transaction holds it, nothing is written and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

_EVERY_ROWS: Final = 100_000


class VisibleProgress:
    """Hears how many rows were read, tells a listener, and writes it down now and then; small files need no writing."""

    def __init__(self, import_id: int, *, listener: Callable[[int], None] | None) -> None:
        self._import_id = import_id
        self._listener = listener
        self._written = 0
        self._second: BaseDatabaseWrapper | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._second is not None:
            self._second.close()

    def __call__(self, rows_read: int) -> None:
        """Note that so many rows were read."""
        if self._listener is not None:
            self._listener(rows_read)
        if rows_read - self._written >= _EVERY_ROWS:
            self._written = rows_read
            self._second = self._second or connection.copy()
            with self._second.cursor() as cursor:
                cursor.execute("UPDATE crm_import SET rows_read = %s WHERE id = %s", [rows_read, self._import_id])
