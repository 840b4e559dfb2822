"""One figure over time against its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import altair as alt

from tallystick.web.ui.charts.drawing import SMALL, TEXT, Chart, Frame, draw

WIDE: Final = Frame(width=760, height=220, top=20, right=84, bottom=28, left=8)
NARROW: Final = Frame(width=340, height=200, top=20, right=70, bottom=28, left=8)
TICK_WIDTH: Final = 78
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


def line(points: Sequence[LinePoint], *, title: str, head: tuple[str, str], target: Target | None = None) -> Chart | None:
    """Draw a curve from nil upwards with its target; `head` names the two columns of the table.

    None for fewer than two points.
    """
    if len(points) < 2:
        return None
    return Chart(
        title=title,
        wide=draw(_layers(points, WIDE, target), frame=WIDE, words=title),
        narrow=draw(_layers(points, NARROW, target), frame=NARROW, words=title),
        head=head,
        rows=tuple((point.label, point.text) for point in points),
    )


def _layers(points: Sequence[LinePoint], frame: Frame, target: Target | None) -> alt.LayerChart:
    last = len(points) - 1
    values = [float(point.value) for point in points]  # places on the picture, not amounts
    top = max([*values, float(target.value) if target else 0.0]) * HEADROOM or 1.0
    bottom = min(0.0, *values)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, last], nice=False))
    y_scale = alt.Scale(domain=[bottom, top], nice=False)
    y = alt.Y("y:Q", axis=None, scale=y_scale)

    data = alt.Data(values=[{"x": index, "y": value, "zero": 0} for index, value in enumerate(values)])
    curve = alt.Chart(data).encode(x=x)
    layers: list[alt.Chart] = [
        alt.Chart(alt.Data(values=[{"y": 0}])).mark_rule(color="var(--line-control)").encode(y=y),
        curve.mark_area(color=MEASURE, opacity=0.09, interpolate="monotone").encode(y=y, y2="zero:Q"),
        curve.mark_line(color=MEASURE, strokeWidth=2, strokeCap="round", interpolate="monotone").encode(y=y),
    ]

    end = alt.Chart(alt.Data(values=[{"x": last, "y": values[-1], "text": points[-1].text}])).encode(x=x, y=y)
    layers += [
        end.mark_circle(color=MEASURE, opacity=1, size=44),
        end.mark_text(align="left", baseline="middle", color="var(--ink)", fontSize=TEXT, fontWeight=600, dx=10).encode(
            text="text:N"
        ),
    ]
    if target:
        aim = alt.Chart(alt.Data(values=[{"y": float(target.value), "text": target.text}])).encode(y=y)
        words = aim.mark_text(align="left", baseline="bottom", color="var(--ink-2)", fontSize=SMALL, fontWeight=600, dy=-5)
        layers += [
            aim.mark_rule(color="var(--ink)", strokeWidth=1.5, strokeDash=[5, 4]),
            words.encode(x=alt.value(2), text="text:N"),
        ]

    every = -(-len(points) * TICK_WIDTH // frame.plot_width)
    for index in [*(i for i in range(0, last, every) if last - i >= every / 2), last]:
        tick = alt.Chart(alt.Data(values=[{"x": index, "text": points[index].tick}])).mark_text(
            align="left" if index == 0 else "right" if index == last else "center",
            baseline="top",
            color="var(--ink-3)",
            fontSize=SMALL,
        )
        layers.append(tick.encode(x=x, y=alt.value(frame.plot_height + 9), text="text:N"))

    hits = [
        {
            "x": max(0.0, index - 0.5),
            "x2": min(float(last), index + 0.5),
            "url": point.url,
            "words": f"{point.label}: {point.text}",
        }
        for index, point in enumerate(points)
    ]
    link = alt.Chart(alt.Data(values=hits)).mark_rect().encode(
        x=x, x2="x2:Q", y=alt.value(0), y2=alt.value(frame.plot_height), href="url:N", description="words:N"
    )
    return alt.layer(*layers, link)
