"""The sections of the document."""

from __future__ import annotations

from typing import Final

from tallystick.deals.rules.engagement.sections import Section
from tallystick.deals.rules.engagement.two_tier import TwoTier

SECTIONS: Final[tuple[type[Section], ...]] = (TwoTier,)
"""In the order in which they are documented and shown."""
