"""Lists: what an address asks of one, the page of rows that answers it, and the same rows as a file.

Filters, sort, search and page live in the address, so that any state of a list can be sent as a link. They are read
once into typed values; what a list does not know is passed over, as an old link must still open. A page reads at most
`PAGE_SIZE` rows and counts at most `COUNTED_TO`, so that its cost does not grow with the table.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Generic, TypeVar, cast

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import FileResponse, QueryDict

from tallystick.crm.rules.refused_files import harmless
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column, Link

PAGE_SIZE: Final = 50
COUNTED_TO: Final = 10_000
SEARCH_LENGTH: Final = 100
VIEW: Final = "view"
"""The filter that is shown as tabs: each view is a list of its own."""
GROUP: Final = "group"
"""The filter that puts rows under headings; it holds none back and is no chip either."""
CSV_IN_MEMORY: Final = 1_000_000
"""Bytes of an export that are kept in memory; what is longer goes to a temporary file."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value a filter can take, and the words for it; `count` is how many rows a view holds."""

    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One way to narrow a list: the name of its parameter, its words, and the values it can take."""

    name: str
    label: str
    options: tuple[Option, ...]

    def label_of(self, value: str) -> str:
        """Return the words for a value; "" for one the filter does not know."""
        return next((option.label for option in self.options if option.value == value), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list offers: its columns with their sorts, its filters and its search.

    `things` names the rows in the plural ("deals"). The filter named `view` is shown as tabs, the others as chips.
    """

    things: str
    columns: tuple[Column, ...]
    default_sort: str = ""
    filters: tuple[Filter, ...] = ()
    search_label: str = ""
    """Words of the search field, such as "Account or partner"; a list without search leaves it empty."""

    @property
    def sorts(self) -> frozenset[str]:
        """Every value the `sort` parameter may take."""
        names = [column.sort for column in self.columns if column.sort]
        return frozenset([*names, *(f"-{name}" for name in names)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks of a list, with everything the list does not know left out."""

    search: str = ""
    sort: str = ""
    page: int = 1
    as_csv: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        """Tell whether a search or a filter holds rows back; a view is a list of its own."""
        return bool(self.search) or bool(self.chosen.keys() - {VIEW, GROUP})

    def get(self, name: str) -> str:
        """Return the chosen value of a filter; "" when it is not set."""
        return self.chosen.get(name, "")

    def number(self, name: str) -> int | None:
        """Return the chosen value of a filter whose values are ids; None when it is not set."""
        value = self.chosen.get(name)
        return None if value is None else int(value)


def read_address(listing: Listing, parameters: QueryDict) -> Asked:
    """Read what the parameters of an address ask of the list; unknown names and values are passed over."""
    sort = parameters.get("sort", "")
    page = parameters.get("page", "1")
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
        as_csv=parameters.get("format") == "csv",
        chosen=chosen,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter as it is shown: what is chosen, the way back from it, and what else could be."""

    filter: Filter
    value: str
    removal: str
    links: tuple[Link, ...]

    @property
    def chosen_label(self) -> str:
        """The words of the chosen value; "" when none is."""
        return self.filter.label_of(self.value)


def changed(parameters: QueryDict, **changes: str | None) -> str:
    """Return the address of the same list with parameters set or, with None, taken away; always of its first page."""
    copy = parameters.copy()
    for name, value in {"page": None, **changes}.items():
        if value is None:
            copy.pop(name, None)
        else:
            copy[name] = value
    return f"?{copy.urlencode()}"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Counts no further than `COUNTED_TO` rows, and pages through no more of them."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows that can be paged through."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[:COUNTED_TO].count() if not rows.query.combinator else rows[:COUNTED_TO].count()
        return min(len(rows), COUNTED_TO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[Row]):
    """A list as a page shows it: what was asked, the rows that answer it, and the chips above them."""

    listing: Listing
    asked: Asked
    parameters: QueryDict
    page: Page[Any]
    rows: Sequence[Row]

    @property
    def chips(self) -> list[Chip]:
        """The filters in order, without view and group; one without any option is left out."""
        shown = (offered for offered in self.listing.filters if offered.name not in {VIEW, GROUP})
        return [self._chip(offered) for offered in shown if offered.options]

    @property
    def views(self) -> list[Link]:
        """The options of the filter named `view`, as tabs that drop every other filter."""
        offered = next((offered for offered in self.listing.filters if offered.name == VIEW), None)
        if offered is None:
            return []
        chosen = self.asked.get(VIEW) or offered.options[0].value
        return [
            Link(label=option.label, url=f"?{VIEW}={option.value}", current=option.value == chosen, count=option.count)
            for option in offered.options
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that a new search leaves as they are."""
        return [(name, str(value)) for name, value in self.parameters.items() if name not in {"q", "page", "format"}]

    @property
    def cleared(self) -> str:
        """The address of the list without search and filters."""
        return f"?{VIEW}={self.asked.get(VIEW)}" if self.asked.get(VIEW) else "?"

    @property
    def as_csv(self) -> str:
        """The address of the same rows as a file."""
        return changed(self.parameters, format="csv")

    @property
    def count_in_words(self) -> str:
        """How many rows there are, for a live region: "1,204 deals"."""
        count = self.page.paginator.count
        return f"{formats.number(count)}{'' if count < COUNTED_TO else ' or more'} {self.listing.things}"

    @property
    def nothing_found(self) -> str:
        """The heading over an empty answer: "No deals found"."""
        return f"No {self.listing.things} found"

    def _chip(self, offered: Filter) -> Chip:
        value = self.asked.get(offered.name)
        return Chip(
            filter=offered,
            value=value,
            removal=changed(self.parameters, **{offered.name: None}),
            links=tuple(
                Link(
                    label=option.label,
                    url=changed(self.parameters, **{offered.name: option.value}),
                    current=option.value == value,
                )
                for option in offered.options
            ),
        )


def page_of(
    listing: Listing,
    parameters: QueryDict,
    found: QuerySet[Any] | Sequence[Any],
    present: Callable[[Sequence[Any], int], Sequence[Row]],
) -> ListPage[Row]:
    """Return the page asked for.

    `present` turns its rows, all at once, into what the template shows; it is also told the place of the first one in
    the whole list, counted from 0.
    """
    asked = read_address(listing, parameters)
    page = BoundedPaginator(found, PAGE_SIZE).get_page(asked.page)
    first = max(page.start_index() - 1, 0)
    rows = present(list(page.object_list), first)
    return ListPage(listing=listing, asked=asked, parameters=parameters, page=page, rows=rows)


# Exports

Cells = Iterable[str]


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Cells]) -> FileResponse:
    """Answer with a CSV file that spreadsheets open as it is; cells that would be formulas are made harmless.

    UTF-8 with a byte-order mark, comma separated. The rows are read before the answer leaves, while the scope of the
    request still holds.
    """
    file = cast("IO[bytes]", SpooledTemporaryFile(max_size=CSV_IN_MEMORY))  # noqa: SIM115 - the response closes it
    writer = csv.writer(_Encoded(file))
    file.write(b"\xef\xbb\xbf")
    writer.writerow(heads)
    for cells in rows:
        writer.writerow([harmless(cell) for cell in cells])
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.csv", content_type="text/csv; charset=utf-8")


class _Encoded:
    """A text file over a binary one, for the CSV writer."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


def choices_of(choices: Iterable[tuple[Any, Any]]) -> tuple[Option, ...]:
    """Return the options of a model field's choices."""
    return tuple(Option(value=str(value), label=str(label)) for value, label in choices)


def options_of(rows: Iterable[Model]) -> tuple[Option, ...]:
    """Return an option a row, by its id and its name."""
    return tuple(Option(value=str(row.pk), label=str(row)) for row in rows)
