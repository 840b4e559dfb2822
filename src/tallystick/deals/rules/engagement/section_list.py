"""The sections of the document."""

from __future__ import annotations

from typing import Final

from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.rules.engagement.sections import Section
from tallystick.deals.rules.engagement.two_tier import TwoTier
from tallystick.deals.rules.terms import ApprovalTerms, ClockTerms, ProtectionTerms

SECTIONS: Final[tuple[type[Section], ...]] = (TwoTier, ClockTerms, ApprovalTerms, ProtectionTerms, ConflictTerms)
"""In the order in which they are documented and shown."""
