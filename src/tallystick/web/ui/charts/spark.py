"""A curve the size of a word: the run of a figure, without axes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import altair as alt
import vl_convert
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tallystick.web.ui.charts.drawing import VEGA_LITE, Frame, cleaned, framed
from tallystick.web.ui.charts.marks import plot

IN_CARD: Final = Frame(width=140, height=40, top=4, right=4, bottom=4, left=4)
IN_ROW: Final = Frame(width=84, height=26, top=3, right=3, bottom=3, left=3)

MEASURE: Final = "var(--measure)"
FLOOR: Final = 0.15
"""Room under the lowest value, as a part of the reach: a spark shows the run, not the amount."""


def spark(values: Sequence[int | Fraction | Decimal], *, words: str, size: Frame = IN_ROW) -> SafeString:
    """Draw a curve of at least two values; `words` say what it shows ("Sourced pipeline, 13 weeks, rising")."""
    positions = tuple(round(float(value), 6) for value in values)  # places on the picture, not amounts
    if len(positions) < 2:
        return SafeString("")
    return _drawn(positions, words, size)


@lru_cache(maxsize=1024)
def _drawn(positions: tuple[float, ...], words: str, size: Frame) -> SafeString:
    program = json.loads(_program(size))
    last = len(positions) - 1
    base = min(positions) - FLOOR * (max(positions) - min(positions) or 1.0)
    program["data"][0]["values"] = [{"x": x, "y": y, "base": base, "last": x == last} for x, y in enumerate(positions)]
    svg = cleaned(vl_convert.vega_to_svg(program, allowed_base_urls=[]), words=words)
    return format_html(
        '<svg class="spark" width="{}" height="{}"{}',
        size.width,
        size.height,
        mark_safe(svg.removeprefix("<svg")),  # noqa: S308
    )


@lru_cache(maxsize=8)
def _program(size: Frame) -> str:
    """Compile the curve once for each size; only the data differ, and a ranking draws dozens of them."""
    curve = plot([]).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(nice=False)),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(zero=False, nice=False)),
    )
    area = curve.mark_area(color=MEASURE, opacity=0.1).encode(y2=alt.Y2("base:Q"))
    line = curve.mark_line(color=MEASURE, strokeWidth=1.5, strokeCap="round")
    end = curve.transform_filter("datum.last").mark_circle(color=MEASURE, opacity=1, size=18)
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega(framed([area, line, end], size), vl_version=VEGA_LITE)
    return json.dumps(compiled)
