"""A list of bars: one quantity by name, largest first, each bar a way to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import altair as alt

from tallystick.web.ui.charts.drawing import TEXT, Chart, Frame, draw

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
        wide=_drawn(items, WIDE, title),
        narrow=_drawn(items, NARROW, title),
        head=head,
        rows=tuple((item.name, item.text) for item in items),
    )


def _drawn(items: Sequence[Bar], place: Frame, title: str) -> str:
    frame = Frame(width=place.width, height=ROW * len(items), right=place.right, left=place.left)
    longest = max(float(item.value) for item in items) or 1.0
    data = alt.Data(
        values=[
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
    )
    base = alt.Chart(data)
    track = base.mark_rect(color="var(--measure-track)", cornerRadius=4).encode(**_box("zero", "track"))
    bar = base.mark_rect(color="var(--measure)", cornerRadius=4).encode(**_box("zero", "length"))
    name = base.mark_text(align="right", baseline="middle", color="var(--ink)", fontSize=TEXT, dx=-12)
    text = base.mark_text(align="right", baseline="middle", color="var(--ink-2)", fontSize=TEXT)
    link = base.mark_rect().encode(
        **_box("start", "end", "top", "bottom"), href="url:N", description="words:N"
    )
    return draw(
        alt.layer(
            track,
            bar,
            name.encode(x=alt.value(0), y=_pixels_y("middle"), text="name:N"),
            text.encode(x=_pixels_x("end"), y=_pixels_y("middle"), text="text:N"),
            link,
        ),
        frame=frame,
        words=title,
    )


def _box(left: str, right: str, top: str = "bar_top", bottom: str = "bar_end") -> dict[str, alt.X | alt.Y | str]:
    return {"x": _pixels_x(left), "x2": f"{right}:Q", "y": _pixels_y(top), "y2": f"{bottom}:Q"}


def _pixels_x(field: str) -> alt.X:
    return alt.X(f"{field}:Q", axis=None, scale=None)


def _pixels_y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=None)


def _shortened(name: str, letters: int) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
