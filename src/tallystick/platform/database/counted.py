"""Rows whose number is known without counting them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class CountedRows(Sequence[Any]):
    """The rows of a query in its order, with their number from elsewhere; a slice is one query."""

    rows: QuerySet[Any, Any]
    count_known: int

    @overload
    def __getitem__(self, at: int) -> Any: ...

    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...

    def __getitem__(self, at: int | slice) -> Any:
        """Return the row at a place, or those of a slice."""
        return self.rows[at] if isinstance(at, int) else list(self.rows[at])

    def __len__(self) -> int:
        """Return how many there are."""
        return self.count_known

    def __iter__(self) -> Iterator[Any]:
        """Walk through all of them."""
        return self.rows.iterator(chunk_size=2_000)
