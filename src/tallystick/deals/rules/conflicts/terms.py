"""How conflicts are handled: a section of the rules of engagement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from tallystick.deals.rules.engagement.sections import Section

Days = Annotated[int, Field(ge=0, le=1000)]


class ConflictTerms(Section):
    """What happens when two claims stand against each other."""

    section: ClassVar[str] = "conflicts"
    examples: ClassVar[Mapping[str, str]] = {
        "conflicts": "conflicts: {direct_days: 90, dispute_days: 30, appeal_days: 14, names_the_other: false}",
        "direct_days": "direct_days: 90",
        "dispute_days": "dispute_days: 30",
        "appeal_days": "appeal_days: 14",
        "names_the_other": "names_the_other: false",
    }
    ranges: ClassVar[Mapping[str, str]] = {
        "direct_days": "Give 0 to 1000 days.",
        "dispute_days": "Give 0 to 1000 days.",
        "appeal_days": "Give 0 to 1000 days.",
    }

    direct_days: Days = Field(90, description="Days a meeting of our own team stands against a later claim.")
    dispute_days: Days = Field(30, description="Days after a decision within which a partner may dispute it.")
    appeal_days: Days = Field(14, description="Days after a ruling within which either side may appeal, once.")
    names_the_other: bool = Field(default=False, description="Whether a ruling may name another partner.")

    def sentences(self) -> tuple[str, ...]:
        """Say how long a partner may dispute and appeal."""
        dispute = f"You may dispute a decision for {self.dispute_days} days."
        return (dispute, f"You may appeal a ruling once within {self.appeal_days} days; another person decides then.")
