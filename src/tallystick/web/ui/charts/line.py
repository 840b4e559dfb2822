"""One figure over time against its target."""

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
from tallystick.web.ui.charts.marks import SMALL, TEXT, period_links, plot, tick_marks, x_at

WIDE: Final = Frame(width=760, height=220, top=20, right=84, bottom=28, left=8)
NARROW: Final = Frame(width=340, height=200, top=20, right=70, bottom=28, left=8)
HEADROOM: Final = 1.08

MEASURE: Final = "var(--measure)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """The figure of one period, and the rows behind it."""

    label: str
    """"October 2026"."""
    tick: str
    """"Oct"."""
    value: int | Fraction | Decimal
    text: str
    """The value as written."""
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The value to reach, and its words on the line ("Target £3.0m")."""

    value: int | Fraction | Decimal
    text: str


def line(
    points: Sequence[LinePoint], *, title: str, head: tuple[str, str], target: Target | None = None
) -> Chart | None:
    """Draw a curve from nil upwards with its target; `head` names the two columns of the table.

    None for fewer than two points.
    """
    if len(points) < 2:
        return None
    return Chart(
        title=title,
        wide=_drawn(tuple(points), WIDE, title, target),
        narrow=_drawn(tuple(points), NARROW, title, target),
        head=head,
        rows=tuple((point.label, point.text) for point in points),
    )


@lru_cache(maxsize=64)
def _drawn(points: tuple[LinePoint, ...], frame: Frame, title: str, target: Target | None) -> SafeString:
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, len(points) - 1], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=_reach(points, target), nice=False))
    layers = [
        *_curve(points, x, y),
        *(_aim(target, y) if target else ()),
        *tick_marks([point.tick for point in points], frame=frame, x=x),
        period_links([(point.url, f"{point.label}: {point.text}") for point in points], frame=frame),
    ]
    return draw(layers, frame=frame, words=title)


def _reach(points: Sequence[LinePoint], target: Target | None) -> list[float]:
    """Return the lowest and the highest place: nil is always in it, and there is room above the highest."""
    heights = [float(point.value) for point in points] + ([float(target.value)] if target else [])
    return [min(0.0, *heights), max(heights) * HEADROOM or 1.0]


def _curve(points: Sequence[LinePoint], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    rows = [{"x": index, "y": float(point.value), "zero": 0, "text": point.text} for index, point in enumerate(points)]
    curve = plot(rows).encode(x=x, y=y)
    end = plot(rows[-1:]).encode(x=x, y=y)
    words = end.mark_text(align="left", baseline="middle", color="var(--ink)", fontSize=TEXT, fontWeight=600, dx=10)
    return [
        plot([{"y": 0}]).mark_rule(color="var(--line-control)").encode(y=y),
        curve.mark_area(color=MEASURE, opacity=0.1, interpolate="monotone").encode(y2=alt.Y2("zero:Q")),
        curve.mark_line(color=MEASURE, strokeWidth=2, strokeCap="round", interpolate="monotone"),
        end.mark_circle(color=MEASURE, opacity=1, size=44),
        words.encode(text=alt.Text("text:N")),
    ]


def _aim(target: Target, y: alt.Y) -> list[alt.Chart]:
    aim = plot([{"y": float(target.value), "text": target.text}]).encode(y=y)
    words = aim.mark_text(align="left", baseline="bottom", color="var(--ink-2)", fontSize=SMALL, fontWeight=600, dy=-5)
    return [
        aim.mark_rule(color="var(--ink)", strokeWidth=1.5, strokeDash=[5, 4]),
        words.encode(x=x_at(2), text=alt.Text("text:N")),
    ]
