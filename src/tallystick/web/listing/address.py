"""What a list offers, and what an address asks of it.

Filters, sort, search, columns, group and page live in the address, so that any state of a list can be sent as a link.
They are read once into typed values; what a list does not know is passed over, as an old link must still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Model
from django.http import QueryDict

from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

PAGE_SIZE: Final = 50
COUNTED_TO: Final = 2_000
SEARCH_LENGTH: Final = 100
VIEW: Final = "view"
"""The filter that is shown as tabs: each view is a list of its own."""
GROUP: Final = "group"
"""The parameter that puts rows under headings; it holds none back and is no chip."""
COLUMNS: Final = "columns"
"""The parameter that names the columns shown, in their order: "account,amount,close"."""
SAVED: Final = "saved"
"""The parameter that says which saved view an address came from; it narrows nothing itself."""
FORMAT: Final = "format"
NOT_KEPT: Final = frozenset({"page", FORMAT, "at", "row", "all"})
"""Parameters that belong to one answer and not to the state of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value a filter can take, and the words for it; `count` is how many rows a view holds."""

    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSource:
    """Where a filter with many values finds them: `url` answers with those that a search finds.

    `name_of` gives the words for a value, "" for one that does not exist.
    """

    url: str
    name_of: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One way to narrow a list: the name of its parameter, its words, and the values it can take.

    A filter with more values than a menu can hold names a `source` of them (`listing/choices.py`): its `options` are
    the first, a field in the menu finds the others, and the source says what a value is called.
    """

    name: str
    label: str
    options: tuple[Option, ...] = ()
    source: OptionSource | None = None
    is_day: bool = False
    """Its value is any day, "2026-11-20"; the menu asks for one."""

    def label_of(self, value: str) -> str:
        """Return the words for a value; "" for one the filter does not know."""
        if self.is_day:
            day = _day(value)
            return formats.day_and_year(day) if day else ""
        listed = next((option.label for option in self.options if option.value == value), "")
        return listed or (self.source.name_of(value) if self.source else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list offers: its columns with their sorts, its filters, groups and search.

    `things` names the rows in the plural ("deals"). The filter named `view` is shown as tabs, the others as chips.
    Columns with a `key` can be chosen and ordered; a list whose columns have none shows all of them.
    """

    things: str
    columns: tuple[Column, ...]
    default_sort: str = ""
    filters: tuple[Filter, ...] = ()
    groups: tuple[Option, ...] = ()
    search_label: str = ""
    """Words of the search field, such as "Account or partner"; a list without search leaves it empty."""

    @property
    def sorts(self) -> frozenset[str]:
        """Every value the `sort` parameter may take."""
        names = [column.sort for column in self.columns if column.sort]
        return frozenset([*names, *(f"-{name}" for name in names)])

    @property
    def default_columns(self) -> tuple[str, ...]:
        """The keys of the columns shown where an address names none."""
        return tuple(column.key for column in self.columns if not column.on_demand)

    def shown(self, keys: Sequence[str]) -> tuple[Column, ...]:
        """Return the columns of these keys, in their order; all of a list whose columns have no keys."""
        by_key = {column.key: column for column in self.columns if column.key}
        return tuple(by_key[key] for key in keys if key in by_key) or self.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks of a list, with everything the list does not know left out."""

    search: str = ""
    sort: str = ""
    page: int = 1
    file_format: str = ""
    """ "csv" or "xlsx" where the rows are asked for as a file."""
    group: str = ""
    columns: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def as_csv(self) -> bool:
        """Tell whether the rows are asked for as a CSV file."""
        return self.file_format == "csv"

    @property
    def is_narrowed(self) -> bool:
        """Tell whether a search or a filter holds rows back; a view is a list of its own."""
        return bool(self.search) or bool(self.chosen.keys() - {VIEW, GROUP})

    def get(self, name: str) -> str:
        """Return the chosen value of a filter; "" when it is not set."""
        return self.chosen.get(name, "")

    def day(self, name: str) -> date | None:
        """Return the chosen day of a filter whose values are days; None when it is not set."""
        return _day(self.chosen.get(name, ""))

    def number(self, name: str) -> int | None:
        """Return the chosen value of a filter whose values are ids; None when it is not set."""
        value = self.chosen.get(name)
        return None if value is None else int(value)


def read_address(listing: Listing, parameters: QueryDict) -> Asked:
    """Read what the parameters of an address ask of the list; unknown names and values are passed over."""
    sort = parameters.get("sort", "")
    page = parameters.get("page", "1")
    group = parameters.get(GROUP, "")
    file_format = parameters.get(FORMAT, "")
    chosen = {
        narrowing.name: value
        for narrowing in listing.filters
        if (value := parameters.get(narrowing.name, "")) and narrowing.label_of(value)
    }
    return Asked(
        # PostgreSQL has no character 0; whoever types none loses nothing.
        search=" ".join(parameters.get("q", "").replace("\0", " ").split())[:SEARCH_LENGTH]
        if listing.search_label
        else "",
        sort=sort if sort in listing.sorts else listing.default_sort,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1,
        file_format=file_format if file_format in {"csv", "xlsx"} else "",
        group=group if any(option.value == group for option in listing.groups) else "",
        columns=_columns_of(listing, parameters),
        chosen=chosen,
    )


def _columns_of(listing: Listing, parameters: QueryDict) -> tuple[str, ...]:
    """Return the keys of the columns to show: those asked for, as one list or one by one, else the usual ones."""
    known = {column.key for column in listing.columns if column.key}
    asked = [key for value in parameters.getlist(COLUMNS) for key in value.split(",") if key in known]
    fixed = [column.key for column in listing.columns if column.fixed]
    return tuple(dict.fromkeys([*fixed, *asked])) if asked else listing.default_columns


def changed(parameters: QueryDict, **changes: str | None) -> str:
    """Return the address of the same list with parameters set or, with None, taken away; always of its first page."""
    copy = state_of(parameters)
    for name, value in changes.items():
        if value is None:
            copy.pop(name, None)
        else:
            copy[name] = value
    return f"?{in_address(copy)}"


def in_address(parameters: QueryDict) -> str:
    """Return parameters as the query of an address; commas stay, for a page holds many such addresses."""
    return parameters.urlencode(safe=",")


def state_of(parameters: QueryDict) -> QueryDict:
    """Return the parameters that make up the state of a list: without page, form and selection."""
    copy = parameters.copy()
    for name in NOT_KEPT:
        copy.pop(name, None)
    return copy


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def choices_of(choices: Iterable[tuple[Any, Any]]) -> tuple[Option, ...]:
    """Return the options of a model field's choices."""
    return tuple(Option(value=str(value), label=str(label)) for value, label in choices)


def options_of(rows: Iterable[Model]) -> tuple[Option, ...]:
    """Return an option a row, by its id and its name."""
    return tuple(Option(value=str(row.pk), label=str(row)) for row in rows)
