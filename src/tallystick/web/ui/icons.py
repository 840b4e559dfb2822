"""Icons: Lucide's outlines (ISC, licence in `icons/`), written into the page so that they take the text's colour."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from django.utils.safestring import SafeString, mark_safe

ICONS = Path(__file__).parent / "icons"
ALONG: Final = frozenset({"arrow-left", "arrow-right", "chevron-left", "chevron-right", "log-in", "log-out"})
"""Icons that point along the line of reading: where that runs from right to left, they point the other way."""
_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class UnknownIcon(LookupError):
    """No file of that name lies in `icons/`; copy it from the lucide-static package."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No icon {name!r} in {ICONS.name}/. Copy {name}.svg there from lucide-static.")


USUAL: Final = 16
"""Pixels of an icon that says no size; the style sheet has the same."""


def icon(name: str, size: int = USUAL) -> SafeString:
    """Return the icon as SVG of that many pixels. It is decoration: the words beside it say the same.

    How its lines are drawn and its usual size stand once, in the style sheet: a page has dozens of icons.

    Raises UnknownIcon.
    """
    classes = "icon icon-along" if name in ALONG else "icon"
    sized = "" if size == USUAL else f' width="{int(size)}" height="{int(size)}"'
    return mark_safe(  # noqa: S308 -- our own files, a number and nothing else
        f'<svg class="{classes}"{sized} viewBox="0 0 24 24" aria-hidden="true">{_shapes(name)}</svg>'
    )


@cache
def _shapes(name: str) -> str:
    try:
        source = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnknownIcon(name) from None
    match = _SHAPES.search(source)
    if match is None:
        raise UnknownIcon(name)
    return re.sub(r"\s+", " ", match.group(1)).replace("> <", "><").replace(" />", "/>").strip()
