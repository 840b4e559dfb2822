"""Tables of partners: organisations with tiers and people, and the terms they agree to; one file a subject."""

from __future__ import annotations

from tallystick.partners.models.notes import PartnerFile, PartnerNote
from tallystick.partners.models.partners import (
    Lifecycle,
    Partner,
    PartnerMembership,
    PartnerRole,
    PartnerType,
    Tier,
    TierPeriod,
)
from tallystick.partners.models.terms import PortalTerms, TermsAcceptance

__all__ = [
    "Lifecycle",
    "Partner",
    "PartnerFile",
    "PartnerMembership",
    "PartnerNote",
    "PartnerRole",
    "PartnerType",
    "PortalTerms",
    "TermsAcceptance",
    "Tier",
    "TierPeriod",
]
