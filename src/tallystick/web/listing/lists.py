"""One class a list: what it offers, finds and shows. Everything that all lists share follows from it.

A list is made afresh for each request, from who looks and what the address asks. A new list subclasses `RowList`, is
named in `LISTS` of its side (`console/lists.py`, `portal/lists.py`) and is then held to the contract by
tests/journeys/test_list_contract.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.web.listing.address import Asked, Listing, read_address, state_of
from tallystick.web.listing.bulk import BulkAction
from tallystick.web.listing.cells import Cell, Row
from tallystick.web.listing.editing import EditField
from tallystick.web.listing.exports import FileColumn, Value
from tallystick.web.listing.pages import ListPage, page_of
from tallystick.web.ui.components import Column

CHUNK: Final = 2_000
"""Rows that are read at once for a file."""

Found = TypeVar("Found")


class Part(StrEnum):
    """The parts of the list contract that one list or another cannot sensibly have."""

    SEARCH = "search"
    FILTERS = "filters"
    SORT = "sort"
    COLUMNS = "columns"
    GROUPS = "groups"
    BULK = "many rows"
    EDITING = "editing in place"


@dataclass(frozen=True, slots=True)
class GroupHead:
    """The heading of a group: its name, and what the whole group counts and sums to."""

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with its cells in the order of the columns shown."""

    row: Row
    cells: tuple[tuple[Column, Cell], ...]


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """Rows below one heading; the one group of a list that is not grouped has no name."""

    head: GroupHead
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage(ListPage[Any]):
    """A page of a list with its groups and with what can be done to its rows."""

    name: str
    url: str
    groups: tuple[ShownGroup, ...]
    actions: tuple[BulkAction, ...] = ()

    @property
    def width(self) -> int:
        """How many columns a heading spans."""
        return len(self.columns) + bool(self.actions)

    @property
    def first(self) -> int:
        """The place of the page's first row in the whole list, from 0."""
        return max(self.page.start_index() - 1, 0)


class RowList(ABC, Generic[Found]):
    """A list for one request. `Found` is what a row is read from."""

    name: ClassVar[str]
    """What the list is called in addresses and in saved views."""
    page: ClassVar[str]
    """The name of its page's address: "console:deals"."""
    permission: ClassVar[Permission]
    file_columns: ClassVar[tuple[FileColumn, ...]]
    """The columns of its files, whichever are shown."""
    without: ClassVar[Mapping[Part, str]] = {}
    """The parts of the contract that make no sense here, each with the reason; every other part it has to keep."""
    is_table: ClassVar[bool] = True
    """Its rows are `cells.Row`; a list that is no table shows rows of its own and has neither columns nor groups."""

    def __init__(self, viewer: Viewer, parameters: QueryDict) -> None:
        self.viewer = viewer
        self.parameters = parameters

    @abstractmethod
    def offer(self) -> Listing:
        """Return what can be asked of the list."""

    @abstractmethod
    def find(self) -> QuerySet[Any, Any] | Sequence[Found]:
        """Return the rows that answer what was asked, in order: by group first where one is asked for."""

    @abstractmethod
    def rows(self, found: Sequence[Found]) -> Sequence[Any]:
        """Return the rows of a page as they are shown.

        Addresses that open a row beside the list are bare: what they share stands at the table once.
        """

    @abstractmethod
    def keys(self, found: Iterable[Found]) -> list[str]:
        """Return the keys of rows: what `Row.key` holds."""

    def every_file_column(self) -> Sequence[FileColumn]:
        """Return the columns of a file; a list whose rows hold more than the fixed ones adds to them."""
        return self.file_columns

    @abstractmethod
    def file_rows(self, found: Iterable[Found]) -> Iterable[Sequence[Value]]:
        """Return the rows of a file, in the order of `file_columns`. `found` may be longer than memory."""

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings of these groups; their figures are of the whole group, not only of this page."""
        return {group: GroupHead(group) for group in groups}

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many rows, by whomever."""
        return ()

    def fields(self) -> tuple[EditField, ...]:
        """Return the columns that are edited in place."""
        return ()

    # What follows from the above

    @cached_property
    def on(self) -> date:
        """Today, in the workspace's time zone."""
        return today(self.viewer.workspace.time_zone)

    @cached_property
    def listing(self) -> Listing:
        """What can be asked of the list."""
        return self.offer()

    @cached_property
    def asked(self) -> Asked:
        """What the address asks."""
        return read_address(self.listing, self.parameters)

    @cached_property
    def found(self) -> QuerySet[Any, Any] | Sequence[Found]:
        """The rows that answer what was asked, in order; read only as far as they are taken."""
        return self.find()

    @property
    def url(self) -> str:
        """The address of the list as it opens."""
        return reverse(self.page)

    @property
    def back_url(self) -> str:
        """The address of the list in the state asked for."""
        return f"{self.url}?{state_of(self.parameters).urlencode()}"

    @property
    def parts(self) -> frozenset[Part]:
        """The parts of the contract that the list has, whoever looks."""
        listing = self.listing
        has = {
            Part.SEARCH: listing.search_label,
            Part.FILTERS: listing.filters,
            Part.SORT: listing.sorts,
            Part.COLUMNS: self.is_table and any(column.key for column in listing.columns),
            Part.GROUPS: listing.groups,
            Part.BULK: self.every_action(),
            Part.EDITING: self.fields(),
        }
        return frozenset(part for part, kept in has.items() if kept)

    @property
    def actions(self) -> tuple[BulkAction, ...]:
        """What this viewer may do to many rows."""
        return tuple(action for action in self.every_action() if self.viewer.may(action.permission))

    def field(self, name: str) -> EditField | None:
        """Return the field of a name that this viewer may edit."""
        return next(
            (field for field in self.fields() if field.name == name and self.viewer.may(field.permission)), None
        )

    def every_key(self) -> list[str]:
        """Return the keys of every row that matches, read in chunks."""
        return self.keys(self.every_row())

    def every_row(self) -> Iterable[Found]:
        """Return every row that matches; a query is read through a cursor, so that memory does not grow with it."""
        return self.found.iterator(CHUNK) if isinstance(self.found, QuerySet) else self.found

    def shown(self) -> TablePage:
        """Return the page asked for."""
        page = page_of(self.listing, self.parameters, self.found, lambda found, _first: self.rows(found))
        return TablePage(
            listing=self.listing,
            asked=self.asked,
            parameters=self.parameters,
            page=page.page,
            rows=page.rows,
            name=self.name,
            url=self.url,
            groups=self._groups(page.rows, page.columns) if self.is_table else (),
            actions=self.actions if page.rows else (),
        )

    def _groups(self, rows: Sequence[Row], columns: Sequence[Column]) -> tuple[ShownGroup, ...]:
        together: dict[str, list[ShownRow]] = {}
        for row in rows:
            cells = tuple((column, row.cells.get(column.key, _EMPTY)) for column in columns)
            together.setdefault(row.group if self.asked.group else "", []).append(ShownRow(row, cells))
        heads = self.group_heads(list(together)) if self.asked.group and rows else {}
        return tuple(ShownGroup(heads.get(group, GroupHead("")), tuple(found)) for group, found in together.items())


def in_chunks(rows: Iterable[Found], size: int = CHUNK) -> Iterator[list[Found]]:
    """Yield rows in lists of a size, so that what belongs to them can be read for many at once."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk


_EMPTY: Final = Cell()
AnyList = type[RowList[Any]]
