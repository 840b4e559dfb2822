"""Tables of partners: organisations, their tiers, people and terms, and keys of programs; one file a subject."""

from __future__ import annotations

from tallystick.partners.models.api_keys import ApiAnswer, ApiKey
from tallystick.partners.models.notes import PartnerFile, PartnerNote
from tallystick.partners.models.partners import (
    GONE,
    Lifecycle,
    Partner,
    PartnerMembership,
    PartnerRole,
    PartnerType,
    Tier,
    TierPeriod,
)
from tallystick.partners.models.public_forms import PublicForm
from tallystick.partners.models.second_factor import TeamSecondFactor
from tallystick.partners.models.standing import PartnerCertificate, PartnerTerritory
from tallystick.partners.models.terms import PortalTerms, TermsAcceptance

__all__ = [
    "GONE",
    "ApiAnswer",
    "ApiKey",
    "Lifecycle",
    "Partner",
    "PartnerCertificate",
    "PartnerFile",
    "PartnerMembership",
    "PartnerNote",
    "PartnerRole",
    "PartnerTerritory",
    "PartnerType",
    "PortalTerms",
    "PublicForm",
    "TeamSecondFactor",
    "TermsAcceptance",
    "Tier",
    "TierPeriod",
]
