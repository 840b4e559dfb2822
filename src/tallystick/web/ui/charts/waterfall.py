"""A waterfall: an amount, what is added to it and taken from it, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

from django.utils.safestring import SafeString

from tallystick.web.ui.charts.drawing import Chart, Frame, draw
from tallystick.web.ui.charts.marks import pixel_box, plot
from tallystick.web.ui.charts.rows import row_of, row_words, sized

ROW: Final = 34
BAR: Final = 18
WIDE: Final = Frame(width=760, height=0, right=96, left=190)
NARROW: Final = Frame(width=340, height=0, right=74, left=118)

COLOURS: Final = {"total": "var(--measure)", "more": "var(--measure-more)", "less": "var(--measure-less)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallStep:
    """One row: an amount that is added (or taken, below nil), or with `total` the sum up to here."""

    name: str
    value: int
    text: str
    """The value as written, with its sign where it is a change."""
    url: str
    total: bool = False


class SumsDisagree(ValueError):
    """A total is not what the steps before it add up to."""


def waterfall(steps: Sequence[WaterfallStep], *, title: str, head: tuple[str, str]) -> Chart | None:
    """Draw the steps from top to bottom; the first is a total. `head` names the two columns of the table.

    None for fewer than two steps. Raises SumsDisagree, because a picture of money must add up.
    """
    if len(steps) < 2:
        return None
    _check(steps)
    return Chart(
        title=title,
        wide=_drawn(tuple(steps), WIDE, title),
        narrow=_drawn(tuple(steps), NARROW, title),
        head=head,
        rows=tuple((step.name, step.text) for step in steps),
    )


def _check(steps: Sequence[WaterfallStep]) -> None:
    for step, (start, end) in zip(steps[1:], _reaches(steps)[1:], strict=True):
        if step.total and not start == end == step.value:
            raise SumsDisagree(f"{step.name} is {step.value}, but the steps before add up to {start}.")


def _reaches(steps: Sequence[WaterfallStep]) -> list[tuple[int, int]]:
    """Return for each step the sum before it and after it; before the first stands nil."""
    changes = [0 if step.total and index else step.value for index, step in enumerate(steps)]
    after = list(accumulate(changes))
    return list(zip([0, *after[:-1]], after, strict=True))


@lru_cache(maxsize=64)
def _drawn(steps: tuple[WaterfallStep, ...], place: Frame, title: str) -> SafeString:
    frame = sized(place, rows=len(steps), row=ROW)
    reaches = _reaches(steps)
    lowest = min(0, *(end for _, end in reaches))
    highest = max(0, *(end for _, end in reaches))
    scale = frame.plot_width / ((highest - lowest) or 1)
    data = []
    for index, (step, (before, after)) in enumerate(zip(steps, reaches, strict=True)):
        start = 0 if step.total or index == 0 else before
        left, right = sorted(((start - lowest) * scale, (after - lowest) * scale))
        data.append(
            {
                **row_of(
                    index,
                    name=step.name,
                    text=step.text,
                    url=step.url,
                    words=f"{step.name}: {step.text}",
                    frame=frame,
                    row=ROW,
                ),
                "kind": _kind(step, index),
                "left": round(left, 2),
                "right": round(max(right, left + 2), 2),
                "bar_top": ROW * index + (ROW - BAR) / 2,
                "bar_end": ROW * index + (ROW + BAR) / 2,
                "join": round((after - lowest) * scale, 2),
                "join_right": round((after - lowest) * scale + 1, 2),
                "join_end": ROW * (index + 1) + (ROW - BAR) / 2 if index + 1 < len(steps) else ROW * (index + 1) - 8,
            }
        )
    base = plot(data)
    bars = [
        base.transform_filter(f"datum.kind == '{kind}'")
        .mark_rect(color=colour, cornerRadius=3)
        .encode(**pixel_box("left", "right", "bar_top", "bar_end"))
        for kind, colour in COLOURS.items()
    ]
    joins = plot(data[:-1]).mark_rect(color="var(--line-control)")
    return draw(
        [joins.encode(**pixel_box("join", "join_right", "bar_end", "join_end")), *bars, *row_words(base)],
        frame=frame,
        words=title,
    )


def _kind(step: WaterfallStep, index: int) -> str:
    if step.total or index == 0:
        return "total"
    return "more" if step.value >= 0 else "less"
