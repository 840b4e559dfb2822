"""Words of the console; they are those of all pages (`web.words`)."""

from __future__ import annotations

from tallystick.web.words import HALF_A_YEAR, Tag, counted, day_near

__all__ = ["HALF_A_YEAR", "Tag", "counted", "day_near"]
