"""A list of bars: one quantity by name, largest first, each bar a way to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from django.utils.safestring import SafeString

from tallystick.web.ui.charts.drawing import Chart, Frame, draw
from tallystick.web.ui.charts.marks import pixel_box, plot
from tallystick.web.ui.charts.rows import row_of, row_words, sized

ROW: Final = 30
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
    frame = sized(place, rows=len(items), row=ROW)
    longest = max(float(item.value) for item in items) or 1.0
    data = [
        {
            **row_of(
                index,
                name=item.name,
                text=item.text,
                url=item.url,
                words=f"{item.name}: {item.text}",
                frame=frame,
                row=ROW,
            ),
            "length": round(max(2.0, float(item.value) / longest * frame.plot_width), 2),
            "track": frame.plot_width,
            "zero": 0,
            "bar_top": ROW * index + ROW / 2 - 4,
            "bar_end": ROW * index + ROW / 2 + 4,
        }
        for index, item in enumerate(items)
    ]
    base = plot(data)
    track = base.mark_rect(color="var(--measure-track)", cornerRadius=4)
    bar = base.mark_rect(color="var(--measure)", cornerRadius=4)
    return draw(
        [
            track.encode(**pixel_box("zero", "track", "bar_top", "bar_end")),
            bar.encode(**pixel_box("zero", "length", "bar_top", "bar_end")),
            *row_words(base),
        ],
        frame=frame,
        words=title,
    )
