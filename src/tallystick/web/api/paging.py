"""Long lists a page at a time: each page begins where the one before ended, whatever was added in between.

The cursor holds the place of the last row in the order of the list, and a mark of the filters and the sort it belongs
to. It is opaque: programs take it from `next_cursor` and give it back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import Field, StringConstraints

from tallystick.kernel.canonical import canonical_json
from tallystick.web.api.problems import ErrorCode, Problem
from tallystick.web.api.values import Given, Told

MOST: Final = 200
_SHORT: Final = 16

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
Shown = TypeVar("Shown", bound=Told)


class PageAsked(Given):
    """Which part of a list is asked for; the filters of a list stand beside."""

    limit: Annotated[int, Field(ge=1, le=MOST, description="Rows a page, 200 at most.")] = 50
    cursor: Annotated[
        str,
        StringConstraints(max_length=1000, pattern=r"^[A-Za-z0-9_-]*$"),
        Field(description="`next_cursor` of the page before; leave it out for the first page."),
    ] = ""


class Page(Told, Generic[Shown]):
    """One page of a list; `next_cursor` leads to the next and is null on the last."""

    data: list[Shown]
    next_cursor: Annotated[str | None, Field(examples=[None])]


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows by columns that are never empty, the last of which is unique; `-` turns one round."""

    columns: tuple[str, ...]

    def after(self, place: Sequence[Any]) -> Q:
        """Return the condition of the rows that come after a place."""
        found, before = Q(), Q()
        for column, value in zip(self.columns, place, strict=True):
            name = column.removeprefix("-")
            beyond = "lt" if column.startswith("-") else "gt"
            found |= before & Q(**{f"{name}__{beyond}": value})
            before &= Q(**{name: value})
        return found

    def place_of(self, row: Model) -> list[Any]:
        """Return the place of a row in the order, as JSON values."""
        return [_plain(_value(row, column.removeprefix("-"))) for column in self.columns]


def sorted_by(sort: str) -> Order:
    """Return the order by one column, equal rows by id in the same direction."""
    turned = "-" if sort.startswith("-") else ""
    return Order((sort,) if sort.removeprefix("-") == "id" else (sort, f"{turned}id"))


def one_page(
    rows: QuerySet[Row],
    order: Order,
    asked: PageAsked,
    show: Callable[[Sequence[Row]], Sequence[Shown]],
) -> dict[str, Any]:
    """Return a page of rows in the order: its data and the cursor of the next. One query, and those of `show`.

    Raises `Problem` for a cursor of another list.
    """
    mark = _mark(order, asked)
    ordered = rows.order_by(*order.columns)
    if asked.cursor:
        ordered = ordered.filter(order.after(_read(asked.cursor, mark, len(order.columns))))
    try:
        found = list(ordered[: asked.limit + 1])
    except (ValueError, TypeError) as problem:
        raise Problem(ErrorCode.CURSOR_INVALID) from problem
    page = found[: asked.limit]
    more = len(found) > asked.limit
    return {"data": list(show(page)), "next_cursor": _write(order.place_of(page[-1]), mark) if more else None}


def one_by_one(show: Callable[[Row], Shown]) -> Callable[[Sequence[Row]], Sequence[Shown]]:
    """Return what shows a page from what shows a row."""
    return lambda rows: [show(row) for row in rows]


def page_of_places(
    asked: PageAsked,
    columns: tuple[str, ...],
    read: Callable[[list[Any] | None, int], Sequence[tuple[Item, list[Any]]]],
    show: Callable[[Sequence[Item]], Sequence[Shown]],
) -> dict[str, Any]:
    """Return a page of what is no table of its own: `read` gives so many items beyond a place, each with its place."""
    mark = _mark(Order(columns), asked)
    last = _read(asked.cursor, mark, len(columns)) if asked.cursor else None
    found = read(last, asked.limit + 1)
    page = found[: asked.limit]
    more = len(found) > asked.limit
    return {
        "data": list(show([item for item, _place in page])),
        "next_cursor": _write([_plain(value) for value in page[-1][1]], mark) if more else None,
    }


def _mark(order: Order, asked: PageAsked) -> str:
    """Return what tells one list from another: its filters and its order, not how many rows a page has."""
    filters: Mapping[str, Any] = asked.model_dump(mode="json", exclude={"limit", "cursor"})
    said = canonical_json({"list": type(asked).__name__, "order": list(order.columns), "filters": dict(filters)})
    return sha256(said.encode()).hexdigest()[:_SHORT]


def _write(place: list[Any], mark: str) -> str:
    said = json.dumps([mark, *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _read(cursor: str, mark: str, length: int) -> list[Any]:
    try:
        said = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise Problem(ErrorCode.CURSOR_INVALID) from None
    if not isinstance(said, list) or len(said) != length + 1 or said[0] != mark:
        raise Problem(ErrorCode.CURSOR_INVALID)
    return said[1:]


def _value(row: Model, name: str) -> Any:
    value: Any = row
    for part in name.split("__"):
        value = getattr(value, part)
    return value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
