"""From an Altair specification to the SVG that stands in a page.

vl-convert may load nothing from anywhere. What it draws is cleaned here: its own roles and classes go, links get
their label and their address back, numbers are shortened. The same specification always gives the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final
from xml.etree import ElementTree as ET

import altair as alt
import vl_convert
from django.core.cache import caches
from django.utils.safestring import SafeString, mark_safe

VEGA_LITE: Final = "6.4"
DRAWINGS: Final = "drawings"
"""The cache that keeps what was drawn."""
CLEANING: Final = 3
"""To be raised when `cleaned` changes, so that nothing drawn before is shown."""
SVG: Final = "{http://www.w3.org/2000/svg}"
XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
ADDED_TO_LINKS: Final = "https://vega.github.io/vega-datasets/"
"""Vega completes every relative address with the place of its sample data; nothing can turn that off."""

LABEL: Final = "label"
VIEW_SHAPES: Final = ("background", "foreground")
UNWANTED: Final = ("class", "role", "aria-roledescription", "aria-label", "aria-hidden", "font-family")
WORDS: Final = frozenset({"aria-label", "href"})
"""Attributes that people read or follow: their numbers are not places in the drawing, and stay exact."""
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawn chart with the same figures as a table; `{% chart … %}` writes it."""

    title: str
    """Says what is measured."""
    wide: SafeString
    narrow: SafeString
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[str, str], ...] = ()
    """Attribution classes by their words: the read-out puts their colour before them."""


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


def framed(layers: Sequence[alt.Chart], frame: Frame) -> dict[str, Any]:
    """Return the specification of layers, the last on top, in their frame.

    It is not validated, because the schema knows no CSS variables; the drawn examples of the tests stand for it.
    The size is fixed: measuring text would depend on the fonts of the machine.
    """
    specification: dict[str, Any] = alt.layer(*layers).to_dict(validate=False)
    specification |= {
        "width": frame.plot_width,
        "height": frame.plot_height,
        "padding": {"top": frame.top, "right": frame.right, "bottom": frame.bottom, "left": frame.left},
        "autosize": {"type": "none"},
        "background": "transparent",
        "config": {"view": {"stroke": None}},
    }
    return specification


def draw(layers: Sequence[alt.Chart], *, frame: Frame, words: str) -> SafeString:
    """Draw layers as SVG; `words` say what it shows. What was drawn before, by whichever process, is kept."""
    specification = framed(layers, frame)
    key = _key(specification, words)
    kept: str | None = caches[DRAWINGS].get(key)
    if kept is None:
        svg = vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE, allowed_base_urls=[])
        kept = str(cleaned(svg, words=words))
        caches[DRAWINGS].set(key, kept)
    return mark_safe(kept)  # noqa: S308 -- cleaned before it was kept


def _key(specification: dict[str, Any], words: str) -> str:
    """Return the name under which a drawing is kept: the digest of everything it follows from."""
    source = json.dumps([CLEANING, version("vl-convert-python"), words, specification], sort_keys=True)
    return sha256(source.encode()).hexdigest()


def cleaned(svg: str, *, words: str) -> SafeString:
    """Return Vega's SVG as it may stand in a page: small, accessible and in the page's own colours and type."""
    root = ET.fromstring(svg)  # noqa: S314 -- written by vl-convert a moment ago
    for group in root.iter(f"{SVG}g"):
        for shape in [child for child in group if child.get("class") in VIEW_SHAPES]:
            group.remove(shape)
    for element in root.iter():
        if element.tag == f"{SVG}a":
            _mend_link(element)
        for name in UNWANTED:
            element.attrib.pop(name, None)
    for link in root.iter(f"{SVG}a"):
        link.set("aria-label", link.attrib.pop(LABEL))
    has_links = root.find(f".//{SVG}a") is not None
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "group" if has_links else "img",
        "aria-label": words,
    }
    for element in root.iter():
        # In a page an svg needs no namespace, and any library may have registered a prefix for it.
        element.tag = element.tag.removeprefix(SVG)
        for name in element.attrib.keys() - WORDS:
            element.set(name, _LONG_NUMBER.sub(_shortened, element.attrib[name]))
    return mark_safe(ET.tostring(root, encoding="unicode"))  # noqa: S308 -- ElementTree has escaped it


def _mend_link(link: ET.Element) -> None:
    mark = link[0]
    mark.set("fill", "transparent")
    link.set("href", link.attrib.pop(XLINK_HREF).removeprefix(ADDED_TO_LINKS))
    link.set(LABEL, mark.get("aria-label", ""))


def _shortened(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
