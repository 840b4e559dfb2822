"""Pieces that charts share: rows to plot, places on the plot, the words under it and the links across it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import altair as alt

from tallystick.web.ui.charts.drawing import Frame

TEXT: Final = 12
SMALL: Final = 11
"""Sizes of words in a drawing, in pixels of its frame."""
TICK_WIDTH: Final = 78


def plot(rows: Sequence[Mapping[str, object]]) -> alt.Chart:
    """Return a chart over the rows, which its marks and their encodings are added to."""
    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]


def x_at(pixels: float) -> alt.XValue:
    """Return a place that does not depend on data, from the left of the plot."""
    return alt.XValue(pixels)  # type: ignore[no-untyped-call]


def y_at(pixels: float) -> alt.YValue:
    """Return a place that does not depend on data, from the top of the plot."""
    return alt.YValue(pixels)  # type: ignore[no-untyped-call]


def pixels_x(field: str) -> alt.X:
    """Return a place that a row gives in pixels from the left of the plot."""
    return alt.X(f"{field}:Q", axis=None, scale=None)


def pixels_y(field: str) -> alt.Y:
    """Return a place that a row gives in pixels from the top of the plot."""
    return alt.Y(f"{field}:Q", axis=None, scale=None)


def pixel_box(left: str, right: str, top: str, bottom: str) -> dict[str, alt.X | alt.X2 | alt.Y | alt.Y2]:
    """Return the encodings of a rectangle whose four sides a row gives in pixels."""
    return {"x": pixels_x(left), "x2": alt.X2(f"{right}:Q"), "y": pixels_y(top), "y2": alt.Y2(f"{bottom}:Q")}


def tick_marks(labels: Sequence[str], *, frame: Frame, x: alt.X) -> list[alt.Chart]:
    """Return the words under the plot: the first, the last, and as many between as there is room for."""
    last = len(labels) - 1
    every = -(-len(labels) * TICK_WIDTH // frame.plot_width)
    between = [index for index in range(every, last, every) if last - index >= every / 2]
    aligned: dict[Literal["left", "center", "right"], list[int]] = {"left": [0], "center": between, "right": [last]}
    marks = []
    for align, places in aligned.items():
        data = [{"x": place, "text": labels[place]} for place in places]
        words = plot(data).mark_text(align=align, baseline="top", color="var(--ink-3)", fontSize=SMALL)
        marks.append(words.encode(x=x, y=y_at(frame.plot_height + 9), text=alt.Text("text:N")))
    return marks


def period_links(periods: Sequence[tuple[str, str]], *, frame: Frame) -> alt.Chart:
    """Return a link over each period: its address, and the words that are spoken and shown by the read-out."""
    step = frame.plot_width / (len(periods) - 1)
    rows = [
        {
            "left": max(0.0, (index - 0.5) * step),
            "right": min(float(frame.plot_width), (index + 0.5) * step),
            "top": 0,
            "bottom": frame.plot_height,
            "url": url,
            "words": words,
        }
        for index, (url, words) in enumerate(periods)
    ]
    return linked(plot(rows), **pixel_box("left", "right", "top", "bottom"))


def linked(chart: alt.Chart, **place: alt.X | alt.X2 | alt.Y | alt.Y2) -> alt.Chart:
    """Return an invisible rectangle that leads to `url` and says `words`, both from the row."""
    link: alt.Chart = chart.mark_rect().encode(**place, href=alt.Href("url:N"), description=alt.Description("words:N"))
    return link
