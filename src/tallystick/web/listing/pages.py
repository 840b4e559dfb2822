"""The page of a list: at most `PAGE_SIZE` rows are read and `COUNTED_TO` counted, so its cost does not grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from tallystick.web.listing.address import (
    COLUMNS,
    COUNTED_TO,
    GROUP,
    PAGE_SIZE,
    SAVED,
    VIEW,
    Asked,
    Filter,
    Listing,
    changed,
    in_address,
    read_address,
    state_of,
)
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column, Link

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter as it is shown: what is chosen, the way back from it, and what else could be."""

    filter: Filter
    value: str
    removal: str
    kept: tuple[tuple[str, str], ...]
    """The parameters that another choice leaves as they are, for a menu that is a form."""
    links: tuple[Link, ...]

    @property
    def chosen_label(self) -> str:
        """The words of the chosen value; "" when none is."""
        return self.filter.label_of(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """One column in the menu that chooses and orders them."""

    column: Column
    shown: bool


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
    def columns(self) -> tuple[Column, ...]:
        """The columns shown, in their order."""
        return self.listing.shown(self.asked.columns)

    @property
    def column_choices(self) -> list[ColumnChoice]:
        """Every column that can be chosen: those shown first, in their order. Empty where there is no choice."""
        shown = [column for column in self.columns if column.key]
        left = [column for column in self.listing.columns if column.key and column not in shown]
        return [
            *(ColumnChoice(column=column, shown=True) for column in shown),
            *(ColumnChoice(column=column, shown=False) for column in left),
        ]

    @property
    def kept_beside_columns(self) -> list[tuple[str, str]]:
        """The parameters that another choice of columns leaves as they are."""
        return [pair for pair in self.kept_with_search if pair[0] != COLUMNS]

    @property
    def usual_columns(self) -> str:
        """The address of the same list with its usual columns."""
        return changed(self.parameters, **{COLUMNS: None})

    @property
    def has_usual_columns(self) -> bool:
        """Tell whether the columns shown are those the list has by itself."""
        return self.asked.columns == self.listing.default_columns

    @property
    def chips(self) -> list[Chip]:
        """The filters in order, without the view; one without anything to choose is left out."""
        shown = (offered for offered in self.listing.filters if offered.name not in {VIEW, GROUP})
        return [self._chip(offered) for offered in shown if offered.options or offered.is_day]

    @property
    def group_chip(self) -> Chip | None:
        """What the rows can be grouped by; None for a list without groups."""
        if not self.listing.groups:
            return None
        offered = Filter(name=GROUP, label=_("Group"), options=self.listing.groups)
        return self._chip(offered)

    @property
    def views(self) -> list[Link]:
        """The options of the filter named `view`, as tabs that drop every other filter."""
        offered = next((offered for offered in self.listing.filters if offered.name == VIEW), None)
        if offered is None:
            return []
        chosen = self.asked.get(VIEW) or offered.options[0].value
        return [
            Link(
                label=option.label,
                url=f"?{VIEW}={option.value}",
                current=option.value == chosen and SAVED not in self.parameters,
                count=option.count,
            )
            for option in offered.options
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that a new search leaves as they are."""
        return [pair for pair in self.kept_with_search if pair[0] != "q"]

    @property
    def kept_with_search(self) -> list[tuple[str, str]]:
        """The parameters that make up the state of the list, one pair a value."""
        return [(name, str(value)) for name, values in state_of(self.parameters).lists() for value in values]

    @property
    def state(self) -> str:
        """The state of the list as a query, without the mark of a saved view."""
        copy = state_of(self.parameters)
        copy.pop(SAVED, None)
        return in_address(copy)

    @property
    def state_in_address(self) -> str:
        """The state of the list as its address carries it."""
        return in_address(state_of(self.parameters))

    @property
    def cleared(self) -> str:
        """The address of the list without search and filters."""
        return f"?{VIEW}={self.asked.get(VIEW) or 'all'}"

    @property
    def as_csv(self) -> str:
        """The address of the same rows as a CSV file."""
        return changed(self.parameters, format="csv")

    @property
    def as_xlsx(self) -> str:
        """The address of the same rows as a workbook."""
        return changed(self.parameters, format="xlsx")

    @property
    def is_whole(self) -> bool:
        """Tell whether every row of the list stands on this page."""
        return self.page.paginator.num_pages <= 1

    @property
    def count_in_words(self) -> str:
        """How many rows there are, for a live region: "1,204 deals"."""
        count = self.page.paginator.count
        words = {"count": formats.number(count), "things": self.listing.things}
        return (_("%(count)s %(things)s") if count < COUNTED_TO else _("%(count)s or more %(things)s")) % words

    @property
    def nothing_found(self) -> str:
        """The heading over an empty answer: "No deals found"."""
        return _("No %(things)s found") % {"things": self.listing.things}

    def _chip(self, offered: Filter) -> Chip:
        value = self.asked.group if offered.name == GROUP else self.asked.get(offered.name)
        return Chip(
            filter=offered,
            value=value,
            removal=changed(self.parameters, **{offered.name: None}),
            kept=tuple(pair for pair in self.kept_with_search if pair[0] != offered.name),
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
