"""A funnel: how many reach each step of a way, and which part of those before goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import altair as alt
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tallystick.web.ui import formats
from tallystick.web.ui.charts.drawing import Chart, Frame, draw
from tallystick.web.ui.charts.marks import SMALL, pixel_box, pixels_y, plot, x_at
from tallystick.web.ui.charts.rows import row_of, row_words, sized

ROW: Final = 46
BAR: Final = 20
WIDE: Final = Frame(width=760, height=0, right=72, left=190)
NARROW: Final = Frame(width=340, height=0, right=56, left=118)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """One step: how many reached it, and the rows behind it."""

    name: str
    count: int
    url: str


def funnel(steps: Sequence[FunnelStep], *, title: str, head: tuple[str, str, str]) -> Chart | None:
    """Draw the steps in the order of the way; `head` names step, count and share of the step before.

    None for fewer than two steps, or when nobody took the first.
    """
    if len(steps) < 2 or steps[0].count <= 0:
        return None
    language = get_language()
    return Chart(
        title=title,
        wide=_drawn(tuple(steps), WIDE, title, language),
        narrow=_drawn(tuple(steps), NARROW, title, language),
        head=head,
        rows=tuple(
            (step.name, formats.number(step.count), _share(steps, index) or "–") for index, step in enumerate(steps)
        ),
    )


@lru_cache(maxsize=64)
def _drawn(steps: tuple[FunnelStep, ...], place: Frame, title: str, _language: str | None) -> SafeString:
    frame = sized(place, rows=len(steps), row=ROW)
    most = max(step.count for step in steps)
    data = [
        {
            **row_of(
                index,
                name=step.name,
                text=formats.number(step.count),
                url=step.url,
                words=_words(steps, index),
                frame=frame,
                row=ROW,
            ),
            "zero": 0,
            "length": round(max(2.0, step.count / most * frame.plot_width), 2),
            "bar_top": ROW * index + (ROW - BAR) / 2,
            "bar_end": ROW * index + (ROW + BAR) / 2,
            "between": ROW * index,
            "goes_on": _goes_on(steps, index),
        }
        for index, step in enumerate(steps)
    ]
    base = plot(data)
    bar = base.mark_rect(color="var(--measure)", cornerRadius=3)
    between = base.mark_text(align="left", baseline="middle", color="var(--ink-3)", fontSize=SMALL, dx=8)
    return draw(
        [
            bar.encode(**pixel_box("zero", "length", "bar_top", "bar_end")),
            between.encode(x=x_at(0), y=pixels_y("between"), text=alt.Text("goes_on:N")),
            *row_words(base),
        ],
        frame=frame,
        words=title,
    )


def _share(steps: Sequence[FunnelStep], index: int) -> str:
    if index == 0 or steps[index - 1].count <= 0:
        return ""
    return formats.percent(Fraction(steps[index].count, steps[index - 1].count))


def _goes_on(steps: Sequence[FunnelStep], index: int) -> str:
    share = _share(steps, index)
    return gettext("%(share)s go on") % {"share": share} if share else ""


def _words(steps: Sequence[FunnelStep], index: int) -> str:
    step = steps[index]
    count, share = formats.number(step.count), _share(steps, index)
    if not share:
        return f"{step.name}: {count}"
    return gettext("%(step)s: %(count)s, %(share)s of the step before") % {
        "step": step.name,
        "count": count,
        "share": share,
    }
