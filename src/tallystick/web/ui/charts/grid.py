"""A grid of two lists, each cell as deep as its figure is large: the heat matrix and the cohort grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

import altair as alt
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tallystick.web.ui import formats
from tallystick.web.ui.charts.drawing import Chart, Frame, draw
from tallystick.web.ui.charts.marks import SMALL, TEXT, linked, pixel_box, pixels_x, pixels_y, plot, x_at, y_at
from tallystick.web.ui.charts.rows import NAME_LETTERS, shortened

ROW: Final = 34
WIDE: Final = Frame(width=760, height=0, top=24, left=170)
NARROW: Final = Frame(width=340, height=0, top=24, left=104)
WIDEST_CELL: Final = 96
FITS_TEXT: Final = 34
"""A cell narrower than this shows its depth only; the read-out and the table have the figure."""
DEPTHS: Final = ("var(--sunk)", "var(--heat-1)", "var(--heat-2)", "var(--heat-3)", "var(--heat-4)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """Where a row and a column meet: how large, as written, and the rows behind it."""

    value: int | Fraction | Decimal
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One name on the left and its cells from left to right; None where there is nothing yet."""

    name: str
    cells: tuple[GridCell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Those who began together: how many, and how many of them had got there after each further period."""

    name: str
    size: int
    reached: tuple[int, ...]
    urls: tuple[str, ...]


def heat(rows: Sequence[GridRow], *, columns: Sequence[str], title: str, corner: str) -> Chart | None:
    """Draw the matrix; `corner` names the rows in the table. None when there is no row or no column."""
    if not rows or not columns:
        return None
    return Chart(
        title=title,
        wide=_drawn(tuple(rows), tuple(columns), WIDE, title),
        narrow=_drawn(tuple(rows), tuple(columns), NARROW, title),
        head=(corner, *columns),
        rows=tuple((row.name, *(cell.text if cell else "–" for cell in row.cells)) for row in rows),
    )


def cohorts(groups: Sequence[Cohort], *, periods: Sequence[str], title: str, corner: str) -> Chart | None:
    """Draw which part of each group had got there after each period; groups without anybody are left out."""
    return heat(
        _cohort_rows(tuple(group for group in groups if group.size), get_language()),
        columns=periods,
        title=title,
        corner=corner,
    )


@lru_cache(maxsize=64)
def _cohort_rows(groups: tuple[Cohort, ...], _language: str | None) -> tuple[GridRow, ...]:
    return tuple(
        GridRow(
            name=f"{group.name} ({formats.number(group.size)})",
            cells=tuple(
                GridCell(value=share, text=formats.percent(share), url=url)
                for share, url in zip((Fraction(got, group.size) for got in group.reached), group.urls, strict=True)
            ),
        )
        for group in groups
    )


@lru_cache(maxsize=64)
def _drawn(rows: tuple[GridRow, ...], columns: tuple[str, ...], place: Frame, title: str) -> SafeString:
    frame = Frame(width=place.width, height=place.top + ROW * len(rows), top=place.top, left=place.left)
    width = min(WIDEST_CELL, frame.plot_width / len(columns))
    data = _cells(rows, columns, width)
    letters = max(3, int(width / 6.5))
    heads = plot([{"x": width * (at + 0.5), "text": shortened(name, letters)} for at, name in enumerate(columns)])
    names = plot(
        [
            {"y": ROW * (at + 0.5), "text": shortened(row.name, NAME_LETTERS[place.width] - 3)}
            for at, row in enumerate(rows)
        ]
    )
    head = heads.mark_text(align="center", baseline="middle", color="var(--ink-3)", fontSize=SMALL)
    name = names.mark_text(align="right", baseline="middle", color="var(--ink)", fontSize=TEXT, dx=-10)
    layers = [
        head.encode(x=pixels_x("x"), y=y_at(-12), text=alt.Text("text:N")),
        name.encode(x=x_at(0), y=pixels_y("y"), text=alt.Text("text:N")),
        *_coloured(data),
    ]
    base = plot(data)
    if width >= FITS_TEXT:
        figure = base.mark_text(align="center", baseline="middle", color="var(--ink)", fontSize=SMALL)
        layers.append(figure.encode(x=pixels_x("middle_x"), y=pixels_y("middle_y"), text=alt.Text("text:N")))
    return draw([*layers, linked(base, **pixel_box("left", "right", "top", "bottom"))], frame=frame, words=title)


def _coloured(data: Sequence[dict[str, object]]) -> list[alt.Chart]:
    return [
        plot(data)
        .transform_filter(f"datum.depth == {depth}")
        .mark_rect(color=colour, cornerRadius=4)
        .encode(**pixel_box("left", "right", "top", "bottom"))
        for depth, colour in enumerate(DEPTHS)
        if any(cell["depth"] == depth for cell in data)
    ]


def _cells(rows: Sequence[GridRow], columns: Sequence[str], width: float) -> list[dict[str, object]]:
    largest = max((float(cell.value) for row in rows for cell in row.cells if cell), default=0.0)
    return [
        {
            "depth": depth(float(cell.value), largest),
            "text": cell.text,
            "url": cell.url,
            "words": f"{row.name}, {column}: {cell.text}",
            "left": round(width * x + 1, 2),
            "right": round(width * (x + 1) - 1, 2),
            "middle_x": round(width * (x + 0.5), 2),
            "top": ROW * y + 1,
            "bottom": ROW * (y + 1) - 1,
            "middle_y": ROW * (y + 0.5),
        }
        for y, row in enumerate(rows)
        for x, (column, cell) in enumerate(zip(columns, row.cells, strict=False))
        if cell is not None
    ]


def depth(value: float, largest: float) -> int:
    """Return how deep a figure's colour is: 0 for nil, else 1 to 4 by quarters of the largest."""
    if value <= 0 or largest <= 0:
        return 0
    return min(4, 1 + int(value / largest * 4 - 1e-9))
