"""Two tiers: what a distributor sees of a deal that a reseller registered through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from pydantic import Field

from tallystick.deals.rules.engagement.sections import Section

Told = Literal["company", "product", "reseller", "state", "protection", "value"]
_WORDS: Final[Mapping[str, str]] = {
    "company": "the company",
    "product": "the product",
    "reseller": "who registered it",
    "state": "how it stands",
    "protection": "until when it is protected",
    "value": "its value",
}


class TwoTier(Section):
    """What a distributor sees of deals registered through it; both are protected together."""

    section: ClassVar[str] = "two_tier"
    examples: ClassVar[Mapping[str, str]] = {
        "two_tier": "two_tier: {distributor_sees: [company, state, protection]}",
        "distributor_sees": "distributor_sees: [company, state, protection]",
    }

    distributor_sees: list[Told] = Field(
        default=["company", "product", "reseller", "state", "protection"],
        description="What the distributor named in a claim sees of it; nothing else leaves the reseller and us.",
    )

    def sentences(self) -> tuple[str, ...]:
        """Say what a distributor sees."""
        told = ", ".join(_WORDS[name] for name in self.distributor_sees)
        sees = f"The distributor named in a claim sees {told}." if told else "It sees nothing of it."
        return (f"A distributor named in a claim is protected with the partner that registers. {sees}",)
