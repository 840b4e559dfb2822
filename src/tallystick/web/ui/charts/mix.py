"""Shares of a whole over time by attribution class, with the half marked: the picture of partner-led growth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import altair as alt

from tallystick.kernel.money import Money
from tallystick.web.ui import formats
from tallystick.web.ui.charts.drawing import SMALL, TEXT, Chart, Frame, draw

CLASSES: Final = ("sourced", "influenced", "direct")
"""From the bottom up, always in this order."""

WIDE: Final = Frame(width=760, height=300, top=8, right=92, bottom=28, left=36)
NARROW: Final = Frame(width=340, height=260, top=8, right=74, bottom=28, left=34)
LABEL_HEIGHT: Final = 34
TICK_WIDTH: Final = 78
HALF: Final = Fraction(1, 2)

INK: Final = "var(--ink)"
FAINT: Final = "var(--ink-3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPoint:
    """What came in during one week, by who brought it."""

    label: str
    """"Week of 13 Oct"."""
    tick: str
    """"13 Oct"."""
    sourced: Money
    influenced: Money
    direct: Money
    url: str
    """The rows behind the week."""

    def amount(self, name: str) -> Money:
        """Return the amount of a class."""
        return {"sourced": self.sourced, "influenced": self.influenced, "direct": self.direct}[name]

    @property
    def total(self) -> int:
        """All three together, in minor units."""
        return sum(self.amount(name).minor for name in CLASSES)

    def share(self, name: str) -> Fraction:
        """Return a class's part of the week, between 0 and 1; nil when nothing came in."""
        return Fraction(self.amount(name).minor, self.total) if self.total else Fraction(0)


def mix(points: Sequence[MixPoint], *, title: str, threshold: str) -> Chart | None:
    """Draw the weekly mix; `threshold` are the words on the line at one half ("Partner-led at 50%").

    Weeks in which nothing came in are bridged. None when fewer than two weeks have anything.
    """
    if sum(1 for point in points if point.total) < 2:
        return None
    return Chart(
        title=title,
        wide=draw(_layers(points, WIDE, threshold), frame=WIDE, words=title),
        narrow=draw(_layers(points, NARROW, threshold), frame=NARROW, words=title),
        head=("Week", *(name.capitalize() for name in CLASSES)),
        rows=tuple((point.label, *(_written(point, name) for name in CLASSES)) for point in points),
    )


def _layers(points: Sequence[MixPoint], frame: Frame, threshold: str) -> alt.LayerChart:
    return alt.layer(
        *_bands(points),
        *_grid(frame),
        *_half(frame, threshold),
        _ticks(points, frame),
        *_names(points, frame),
        _weeks(points),
    )


def _bands(points: Sequence[MixPoint]) -> list[alt.Chart]:
    rows = []
    for index, point in enumerate(points):
        base = Fraction(0)
        for name in CLASSES if point.total else ():
            share = point.share(name)
            rows.append({"x": index, "class": name, "from": _place(base), "to": _place(base + share)})
            base += share
    data = alt.Data(values=rows)
    bands = []
    for name in CLASSES:
        own = alt.Chart(data).transform_filter(f"datum.class == '{name}'").encode(x=_x(len(points)))
        bands.append(
            own.mark_area(color=f"var(--{name})", interpolate="monotone").encode(y=_y("from:Q"), y2="to:Q")
        )
        if name != CLASSES[-1]:
            edge = own.mark_line(color="var(--surface)", strokeWidth=2, interpolate="monotone")
            bands.append(edge.encode(y=_y("to:Q")))
    return bands


def _grid(frame: Frame) -> list[alt.Chart]:
    shares = [Fraction(quarter, 4) for quarter in range(5)]
    data = alt.Data(values=[{"y": _place(share), "text": formats.percent(share)} for share in shares])
    lines = alt.Chart(data).mark_rule(color="var(--line-grid)").encode(y=_y("y:Q"))
    labels = alt.Chart(data).mark_text(align="right", color=FAINT, fontSize=SMALL, baseline="middle", dx=-8)
    return [lines, labels.encode(x=alt.value(0), y=_y("y:Q"), text="text:N")]


def _half(frame: Frame, words: str) -> list[alt.Chart]:
    data = alt.Data(values=[{"y": _place(HALF), "text": words}])
    middle = frame.plot_height / 2
    line = alt.Chart(data).mark_rule(color=INK, strokeWidth=1.5, strokeDash=[5, 4]).encode(y=_y("y:Q"))
    pill = alt.Chart(data).mark_rect(color=INK, cornerRadius=4).encode(
        x=alt.value(10), x2=alt.value(24 + 6.1 * len(words)), y=alt.value(middle - 25), y2=alt.value(middle - 6)
    )
    label = alt.Chart(data).mark_text(align="left", baseline="middle", color="var(--page)", fontSize=SMALL, fontWeight=600)
    return [line, pill, label.encode(x=alt.value(17), y=alt.value(middle - 15), text="text:N")]


def _ticks(points: Sequence[MixPoint], frame: Frame) -> alt.LayerChart:
    every = -(-len(points) * TICK_WIDTH // frame.plot_width)
    last = len(points) - 1
    shown = [index for index in range(0, last, every) if last - index >= every / 2] + [last]
    layers = []
    for index in shown:
        align = "left" if index == 0 else "right" if index == last else "center"
        text = alt.Chart(alt.Data(values=[{"x": index, "text": points[index].tick}])).mark_text(
            align=align, baseline="top", color=FAINT, fontSize=SMALL
        )
        layers.append(text.encode(x=_x(len(points)), y=alt.value(frame.plot_height + 9), text="text:N"))
    return alt.layer(*layers)


def _names(points: Sequence[MixPoint], frame: Frame) -> list[alt.Chart]:
    """Name each band at its right end, with its latest share, moved apart where two would overlap."""
    latest = next(point for point in reversed(points) if point.total)
    rows = []
    base = Fraction(0)
    floor = float(frame.plot_height)
    for name in CLASSES:
        share = latest.share(name)
        wanted = frame.plot_height * float(1 - base - share / 2)
        floor = min(wanted, floor - LABEL_HEIGHT / 2)
        rows.append({"y": floor, "name": name.capitalize(), "share": formats.percent(share), "key": f"var(--{name}-key)"})
        floor -= LABEL_HEIGHT / 2
        base += share
    start = frame.plot_width + 12
    data = alt.Data(values=rows)
    place = alt.Chart(data).encode(y=alt.Y("y:Q", axis=None, scale=None))
    key = place.mark_square(size=64, opacity=1).encode(
        x=alt.value(start + 4), color=alt.Color("key:N", scale=None, legend=None)
    )
    name_text = place.mark_text(align="left", baseline="middle", color=INK, fontSize=TEXT, fontWeight=500)
    share_text = place.mark_text(align="left", baseline="middle", color="var(--ink-2)", fontSize=TEXT, dy=15)
    return [
        key,
        name_text.encode(x=alt.value(start + 14), text="name:N"),
        share_text.encode(x=alt.value(start + 14), text="share:N"),
    ]


def _weeks(points: Sequence[MixPoint]) -> alt.Chart:
    """Lay a link over each week: the way to its rows, and what the read-out says."""
    last = len(points) - 1
    data = alt.Data(
        values=[
            {
                "x": max(0.0, index - 0.5),
                "x2": min(float(last), index + 0.5),
                "from": 0,
                "to": 1,
                "url": point.url,
                "words": _words(point),
            }
            for index, point in enumerate(points)
        ]
    )
    return alt.Chart(data).mark_rect().encode(
        x=_x(len(points)), x2="x2:Q", y=_y("from:Q"), y2="to:Q", href="url:N", description="words:N"
    )


def _words(point: MixPoint) -> str:
    parts = [f"{name.capitalize()} {_written(point, name)}" for name in reversed(CLASSES)]
    return f"{point.label}: {'; '.join(parts)}"


def _written(point: MixPoint, name: str) -> str:
    amount = point.amount(name)
    return f"{formats.money_short(amount.minor, amount.currency)}, {formats.percent(point.share(name))}"


def _x(points: int) -> alt.X:
    return alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, points - 1], nice=False))


def _y(field: str) -> alt.Y:
    return alt.Y(field, axis=None, scale=alt.Scale(domain=[0, 1], nice=False))


def _place(share: Fraction) -> float:
    """Return a share as a place on the picture."""
    return round(float(share), 5)
