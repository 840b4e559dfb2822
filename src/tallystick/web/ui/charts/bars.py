"""A list of bars: one quantity by name, largest first, each bar a way to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

import altair as alt
from django.utils.safestring import SafeString

from tallystick.web.ui.charts.drawing import Chart, Frame, draw
from tallystick.web.ui.charts.marks import TEXT, linked, pixel_box, pixels_x, pixels_y, plot, x_at

ROW: Final = 30
NAME_LETTERS: Final = {760: 30, 340: 17}
WIDE: Final = Frame(width=760, height=0, right=72, left=190)
NARROW: Final = Frame(width=340, height=0, right=62, left=118)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: its name, its length, the figure as written, and the rows behind it."""

    name: str
    value: int | Fraction | Decimal
    text: str
    url: str


def bars(items: Sequence[Bar], *, title: str, head: tuple[str, str]) -> Chart | None:
    """Draw the bars in the order given; `head` names the two columns of the table. None when there is nothing."""
    if not items:
        return None
    return Chart(
        title=title,
        wide=_drawn(tuple(items), WIDE, title),
        narrow=_drawn(tuple(items), NARROW, title),
        head=head,
        rows=tuple((item.name, item.text) for item in items),
    )


@lru_cache(maxsize=64)
def _drawn(items: tuple[Bar, ...], place: Frame, title: str) -> SafeString:
    frame = Frame(width=place.width, height=ROW * len(items), right=place.right, left=place.left)
    longest = max(float(item.value) for item in items) or 1.0
    data = [
        {
            "name": _shortened(item.name, NAME_LETTERS[place.width]),
            "text": item.text,
            "url": item.url,
            "words": f"{item.name}: {item.text}",
            "length": round(max(2.0, float(item.value) / longest * frame.plot_width), 2),
            "track": frame.plot_width,
            "zero": 0,
            "middle": ROW * index + ROW / 2,
            "bar_top": ROW * index + ROW / 2 - 4,
            "bar_end": ROW * index + ROW / 2 + 4,
            "top": ROW * index,
            "bottom": ROW * (index + 1),
            "start": -place.left,
            "end": frame.plot_width + place.right,
        }
        for index, item in enumerate(items)
    ]
    base = plot(data)
    track = base.mark_rect(color="var(--measure-track)", cornerRadius=4).encode(
        **pixel_box("zero", "track", "bar_top", "bar_end")
    )
    bar = base.mark_rect(color="var(--measure)", cornerRadius=4).encode(
        **pixel_box("zero", "length", "bar_top", "bar_end")
    )
    name = base.mark_text(align="right", baseline="middle", color="var(--ink)", fontSize=TEXT, dx=-12)
    text = base.mark_text(align="right", baseline="middle", color="var(--ink-2)", fontSize=TEXT)
    link = linked(base, **pixel_box("start", "end", "top", "bottom"))
    return draw(
        [
            track,
            bar,
            name.encode(x=x_at(0), y=pixels_y("middle"), text=alt.Text("name:N")),
            text.encode(x=pixels_x("end"), y=pixels_y("middle"), text=alt.Text("text:N")),
            link,
        ],
        frame=frame,
        words=title,
    )


def _shortened(name: str, letters: int) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
