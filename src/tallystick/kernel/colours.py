"""Colours as they are read: contrast after WCAG 2.2, and a brand's colour made legible.

A vendor chooses one accent. It is used as text on light and on dark grounds and as the ground under white text, and
few colours can do all three. So each use gets the nearest shade that reaches the contrast text needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

LEGIBLE: Final = Decimal("4.5")
"""The least contrast between text and its ground (WCAG 2.2 AA)."""
LIGHT_GROUNDS: Final = ("#ffffff", "#f7f8fa", "#f2f4f7", "#f3f5f8")
DARK_GROUNDS: Final = ("#14171c", "#0d0f13", "#101318", "#1a1e25")
"""Surface, page, sunk and hover of both themes, as in the tokens of the style sheet; text may stand on any of them."""

_BLACK: Final = "#000000"
_WHITE: Final = "#ffffff"
_STEPS: Final = 64
_FLARE: Final = Decimal("0.05")
"""The light a screen reflects, as WCAG counts it."""
_WEIGHTS: Final = (Decimal("0.2126"), Decimal("0.7152"), Decimal("0.0722"))
"""How bright red, green and blue look."""
_LIGHT_TINT: Final = Fraction(8, 100)
_DARK_TINT: Final = Fraction(16, 100)
_HOVER: Final = Fraction(15, 100)
_SHORT: Final = re.compile(r"#?([0-9a-f])([0-9a-f])([0-9a-f])", re.IGNORECASE)
_LONG: Final = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE)


class NotAColour(ValueError):
    """The text is not a colour such as #2f52d4."""


@dataclass(frozen=True, slots=True)
class Accent:
    """A brand's colour in each of its uses; every field is written as "#rrggbb"."""

    chosen: str
    text_on_light: str
    text_on_dark: str
    solid: str
    """Under white text, in both themes."""
    solid_hover: str
    tint_on_light: str
    """A ground for text in the accent's own colour."""
    tint_on_dark: str

    @property
    def was_corrected(self) -> bool:
        """Tell whether the chosen colour could not be read on light grounds or under white text."""
        return not self.chosen == self.text_on_light == self.solid


def colour(text: str) -> str:
    """Return a colour written as "#rrggbb", lower case. Raises NotAColour."""
    if match := _LONG.fullmatch(text.strip()):
        return f"#{match[1].lower()}"
    if match := _SHORT.fullmatch(text.strip()):
        return "#" + "".join(digit * 2 for digit in match.groups()).lower()
    raise NotAColour(f"{text!r} is not a colour such as #2f52d4.")


def contrast(one: str, other: str) -> Decimal:
    """Return the contrast of two colours "#rrggbb", from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + _FLARE) / (darker + _FLARE)


def corrected_accent(chosen: str) -> Accent:
    """Return the accent for a chosen colour: each use is the nearest shade that is legible. Raises NotAColour."""
    given = colour(chosen)
    text_on_light = _nearest(given, towards=_BLACK, grounds=LIGHT_GROUNDS, tint=_LIGHT_TINT)
    text_on_dark = _nearest(given, towards=_WHITE, grounds=DARK_GROUNDS, tint=_DARK_TINT)
    solid = _nearest(given, towards=_BLACK, grounds=(_WHITE,))
    return Accent(
        chosen=given,
        text_on_light=text_on_light,
        text_on_dark=text_on_dark,
        solid=solid,
        solid_hover=_mixed(solid, _BLACK, _HOVER),
        tint_on_light=_mixed(LIGHT_GROUNDS[0], text_on_light, _LIGHT_TINT),
        tint_on_dark=_mixed(DARK_GROUNDS[0], text_on_dark, _DARK_TINT),
    )


def _nearest(given: str, *, towards: str, grounds: tuple[str, ...], tint: Fraction | None = None) -> str:
    """Return the first shade on the way that is legible on all grounds, and on its own tint of the first one."""
    for step in range(_STEPS):
        shade = _mixed(given, towards, Fraction(step, _STEPS))
        all_grounds = grounds if tint is None else (*grounds, _mixed(grounds[0], shade, tint))
        if all(contrast(shade, ground) >= LEGIBLE for ground in all_grounds):
            return shade
    return towards


def _mixed(one: str, other: str, share: Fraction) -> str:
    """Return `one` with that share of `other` in it."""
    parts = [round(here + (there - here) * share) for here, there in zip(_parts(one), _parts(other), strict=True)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _parts(text: str) -> list[int]:
    return [int(text[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(text: str) -> Decimal:
    return sum((weight * _linear(part) for weight, part in zip(_WEIGHTS, _parts(text), strict=True)), Decimal(0))


@cache
def _linear(part: int) -> Decimal:
    """Return how much light a part of 0 to 255 gives, from 0 to 1, as sRGB defines it."""
    share = Decimal(part) / 255
    if share <= Decimal("0.04045"):
        return share / Decimal("12.92")
    return ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")
