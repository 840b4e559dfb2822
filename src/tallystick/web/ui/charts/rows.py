"""What charts made of rows share: a name on the left, a bar, a figure on the right, and a link over all of it."""

from __future__ import annotations

from typing import Final

import altair as alt

from tallystick.web.ui.charts.drawing import Frame
from tallystick.web.ui.charts.marks import TEXT, linked, pixel_box, pixels_x, pixels_y, x_at

NAME_LETTERS: Final = {760: 30, 340: 17}
"""How many letters of a name there is room for, by the width of the drawing."""


def sized(place: Frame, *, rows: int, row: int) -> Frame:
    """Return the frame with the height that this many rows of `row` pixels need."""
    return Frame(width=place.width, height=row * rows, right=place.right, left=place.left)


def row_of(index: int, *, name: str, text: str, url: str, words: str, frame: Frame, row: int) -> dict[str, object]:
    """Return what a row needs beside the places of its bar: words, address, middle and edges in pixels."""
    return {
        "name": shortened(name, NAME_LETTERS[frame.width]),
        "text": text,
        "url": url,
        "words": words,
        "middle": row * index + row / 2,
        "top": row * index,
        "bottom": row * (index + 1),
        "start": -frame.left,
        "end": frame.plot_width + frame.right,
    }


def row_words(base: alt.Chart) -> list[alt.Chart]:
    """Return the name and the figure of each row, and the link across it."""
    name = base.mark_text(align="right", baseline="middle", color="var(--ink)", fontSize=TEXT, dx=-12)
    text = base.mark_text(align="right", baseline="middle", color="var(--ink-2)", fontSize=TEXT)
    return [
        name.encode(x=x_at(0), y=pixels_y("middle"), text=alt.Text("name:N")),
        text.encode(x=pixels_x("end"), y=pixels_y("middle"), text=alt.Text("text:N")),
        linked(base, **pixel_box("start", "end", "top", "bottom")),
    ]


def shortened(name: str, letters: int) -> str:
    """Return a name with at most that many letters."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
