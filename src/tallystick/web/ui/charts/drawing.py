"""From an Altair specification to the SVG that stands in a page.

vl-convert may load nothing from anywhere. What it draws is cleaned here: its own roles and classes go, links get
their label and their address back, numbers are shortened. The same specification always gives the same text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree as ET

import altair as alt
import vl_convert
from django.utils.safestring import SafeString, mark_safe

VEGA_LITE: Final = "6.4"
SVG: Final = "{http://www.w3.org/2000/svg}"
XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
ADDED_TO_LINKS: Final = "https://vega.github.io/vega-datasets/"
"""Vega completes every relative address with the place of its sample data; nothing can turn that off."""

UNWANTED: Final = ("class", "role", "aria-roledescription", "aria-label", "aria-hidden", "font-family", "width", "height")
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")

TEXT: Final = 12
SMALL: Final = 11
LINK_FILL: Final = "transparent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawn chart with the same figures as a table; `{% chart … %}` writes it."""

    title: str
    """Says what is measured."""
    wide: SafeString
    narrow: SafeString
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The size of a drawing: the plot and the room for words around it, in pixels."""

    width: int
    height: int
    top: int = 0
    right: int = 0
    bottom: int = 0
    left: int = 0

    @property
    def plot_width(self) -> int:
        """Width without the margins."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """Height without the margins."""
        return self.height - self.top - self.bottom


def framed(chart: alt.LayerChart, frame: Frame) -> dict[str, Any]:
    """Return the specification of a chart in its frame.

    It is not validated, because the schema knows no CSS variables; the drawn examples of the tests stand for it.
    The size is fixed: measuring text would depend on the fonts of the machine.
    """
    specification: dict[str, Any] = chart.to_dict(validate=False)
    specification |= {
        "width": frame.plot_width,
        "height": frame.plot_height,
        "padding": {"top": frame.top, "right": frame.right, "bottom": frame.bottom, "left": frame.left},
        "autosize": {"type": "none"},
        "background": "transparent",
        "config": {"view": {"stroke": None}},
    }
    return specification


def draw(chart: alt.LayerChart, *, frame: Frame, words: str) -> SafeString:
    """Draw a chart as SVG; `words` say what it shows."""
    return mark_safe(_drawn(json.dumps(framed(chart, frame), sort_keys=True), words))  # noqa: S308 -- built by ET


@lru_cache(maxsize=256)
def _drawn(specification: str, words: str) -> str:
    svg = vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE, allowed_base_urls=[])
    return cleaned(svg, words=words)


def cleaned(svg: str, *, words: str) -> str:
    """Return Vega's SVG as it may stand in a page: small, accessible and in the page's own colours and type."""
    root = ET.fromstring(svg)  # noqa: S314 -- written by vl-convert a moment ago
    _clean(root)
    has_links = root.find(f".//{SVG}a") is not None
    root.set("role", "group" if has_links else "img")
    root.set("aria-label", words)
    text = ET.tostring(root, encoding="unicode")
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("svg:", "")
    return _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)


def _clean(element: ET.Element) -> None:
    for child in list(element):
        if child.get("class") in {"background", "foreground"} or (child.tag == f"{SVG}rect" and "transform" not in child.attrib):
            element.remove(child)
            continue
        if child.tag == f"{SVG}a":
            mark = child[0]
            child.set("href", child.attrib.pop(XLINK_HREF).removeprefix(ADDED_TO_LINKS))
            child.set("aria-label", mark.get("aria-label", ""))
            mark.set("fill", LINK_FILL)
        _clean(child)
        label = child.get("aria-label") if child.tag == f"{SVG}a" else None
        for name in UNWANTED:
            child.attrib.pop(name, None)
        if label is not None:
            child.set("aria-label", label)
    if element.tag == f"{SVG}svg":
        for name in (*UNWANTED, "version"):
            element.attrib.pop(name, None)


ET.register_namespace("svg", "http://www.w3.org/2000/svg")
