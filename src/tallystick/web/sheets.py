"""A row opened beside its list: the way back to the list, and to the rows before and after it.

The address of a row carries the query of its list and its place in it (`at`), so that a sheet sent as a link still
knows where it stands, and reading its neighbours costs three rows whatever the list is sorted by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict

from tallystick.web.listing.address import COUNTED_TO, PAGE_SIZE, in_address, state_of

PLACE: Final = "at"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLinks:
    """Where a sheet leads: back to its list, and to the rows beside it; "" where there is none."""

    close_url: str
    previous_url: str = ""
    next_url: str = ""


def row_query(parameters: QueryDict, place: int) -> str:
    """Return the query a row's address carries: that of its list, and the row's place in it from 0."""
    copy = state_of(parameters)
    copy[PLACE] = str(place)
    return f"?{in_address(copy)}"


def sheet_links(
    parameters: QueryDict,
    *,
    list_url: str,
    found: Callable[[], QuerySet[Any] | Sequence[Any]],
    url_of: Callable[[Any], str],
) -> SheetLinks:
    """Return the links of a sheet; `found` gives the rows of its list and is asked only where the place is known."""
    text = parameters.get(PLACE, "")
    if not (text.isascii() and text.isdigit()) or int(text) >= COUNTED_TO:
        return SheetLinks(close_url=list_url)
    place = int(text)
    first = max(place - 1, 0)
    rows = list(found()[first : place + 2])
    before = rows[: place - first]
    after = rows[place - first + 1 :]
    return SheetLinks(
        close_url=list_url + _list_query(parameters, place),
        previous_url=url_of(before[0]) + row_query(parameters, place - 1) if before else "",
        next_url=url_of(after[0]) + row_query(parameters, place + 1) if after else "",
    )


def _list_query(parameters: QueryDict, place: int) -> str:
    copy = parameters.copy()
    copy.pop(PLACE, None)
    if place >= PAGE_SIZE:
        copy["page"] = str(place // PAGE_SIZE + 1)
    return f"?{in_address(copy)}" if copy else ""
