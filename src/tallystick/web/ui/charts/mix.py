"""Shares of a whole over time by attribution class, with the half marked: the picture of partner-led growth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import altair as alt
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tallystick.kernel.money import Money
from tallystick.web.ui import formats
from tallystick.web.ui.charts.drawing import Chart, Frame, draw
from tallystick.web.ui.charts.marks import SMALL, TEXT, period_links, pixel_box, pixels_y, plot, tick_marks, x_at, y_at
from tallystick.web.ui.components import CREDITS

CLASSES: Final = tuple(CREDITS)
"""From the bottom up, always in this order."""

WIDE: Final = Frame(width=760, height=300, top=8, right=92, bottom=28, left=36)
NARROW: Final = Frame(width=340, height=260, top=8, right=74, bottom=28, left=34)
LABEL_HEIGHT: Final = 34
LETTER_WIDTH: Final = 5.8
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
    language = get_language()
    return Chart(
        title=title,
        wide=_drawn(tuple(points), WIDE, title, threshold, language),
        narrow=_drawn(tuple(points), NARROW, title, threshold, language),
        head=(gettext("Week"), *(str(CREDITS[name]) for name in CLASSES)),
        rows=tuple((point.label, *(_written(point, name) for name in CLASSES)) for point in points),
        keys=tuple((name, str(CREDITS[name])) for name in CLASSES),
    )


@lru_cache(maxsize=64)
def _drawn(points: tuple[MixPoint, ...], frame: Frame, title: str, threshold: str, _language: str | None) -> SafeString:
    layers = [
        *_bands(points),
        *_grid(),
        *_half(frame, threshold),
        *tick_marks([point.tick for point in points], frame=frame, x=_x(len(points))),
        *_names(points, frame),
        period_links([(point.url, _words(point)) for point in points], frame=frame),
    ]
    return draw(layers, frame=frame, words=title)


def _bands(points: Sequence[MixPoint]) -> list[alt.Chart]:
    rows = []
    for index, point in enumerate(points):
        base = Fraction(0)
        for name in CLASSES if point.total else ():
            share = point.share(name)
            rows.append({"x": index, "class": name, "from": _place(base), "to": _place(base + share)})
            base += share
    bands = []
    for name in CLASSES:
        own = plot(rows).transform_filter(f"datum.class == '{name}'").encode(x=_x(len(points)))
        bands.append(
            own.mark_area(color=f"var(--{name})", interpolate="monotone").encode(y=_y("from:Q"), y2=alt.Y2("to:Q"))
        )
        if name != CLASSES[-1]:
            edge = own.mark_line(color="var(--surface)", strokeWidth=2, interpolate="monotone")
            bands.append(edge.encode(y=_y("to:Q")))
    return bands


def _grid() -> list[alt.Chart]:
    shares = [Fraction(quarter, 4) for quarter in range(5)]
    data = [{"y": _place(share), "text": formats.percent(share)} for share in shares]
    lines = plot(data).mark_rule(color="var(--line-grid)").encode(y=_y("y:Q"))
    labels = plot(data).mark_text(align="right", color=FAINT, fontSize=SMALL, baseline="middle", dx=-8)
    return [lines, labels.encode(x=x_at(0), y=_y("y:Q"), text=alt.Text("text:N"))]


def _half(frame: Frame, words: str) -> list[alt.Chart]:
    middle = frame.plot_height / 2
    data = [
        {
            "y": _place(HALF),
            "left": 10,
            "right": 24 + LETTER_WIDTH * len(words),
            "top": middle - 25,
            "bottom": middle - 6,
        }
    ]
    line = plot(data).mark_rule(color=INK, strokeWidth=1.5, strokeDash=[5, 4])
    pill = plot(data).mark_rect(color=INK, cornerRadius=4)
    label = plot([{"text": words}]).mark_text(
        align="left", baseline="middle", color="var(--page)", fontSize=SMALL, fontWeight=600
    )
    return [
        line.encode(y=_y("y:Q")),
        pill.encode(**pixel_box("left", "right", "top", "bottom")),
        label.encode(x=x_at(17), y=y_at(middle - 15), text=alt.Text("text:N")),
    ]


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
        rows.append(
            {"y": floor, "name": str(CREDITS[name]), "share": formats.percent(share), "key": f"var(--{name}-key)"}
        )
        floor -= LABEL_HEIGHT / 2
        base += share
    start = frame.plot_width + 12
    place = plot(rows).encode(y=pixels_y("y"))
    key = place.mark_square(size=64, opacity=1).encode(
        x=x_at(start + 4), color=alt.Color("key:N", scale=None, legend=None)
    )
    name_text = place.mark_text(align="left", baseline="middle", color=INK, fontSize=TEXT, fontWeight=500)
    share_text = place.mark_text(align="left", baseline="middle", color="var(--ink-2)", fontSize=TEXT, dy=15)
    return [
        key,
        name_text.encode(x=x_at(start + 14), text=alt.Text("name:N")),
        share_text.encode(x=x_at(start + 14), text=alt.Text("share:N")),
    ]


def _words(point: MixPoint) -> str:
    parts = [f"{CREDITS[name]} {_written(point, name)}" for name in reversed(CLASSES)]
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
