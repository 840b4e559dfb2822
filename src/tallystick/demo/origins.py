"""How partners bring deals: the kind of touch that sources one."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.demo.chance import Chance

REGISTRATION = "registration_approved"
PORTAL_DAYS = 850
"""The portal opened so many days before the anchor day; registrations exist since."""

# How each type of partner brings a deal; the referral stands for a link or a code.
ORIGINS: Mapping[str, Mapping[str, int]] = {
    "reseller": {REGISTRATION: 62, "lead_accepted": 28, "introduction_accepted": 10},
    "system_integrator": {REGISTRATION: 46, "introduction_accepted": 30, "lead_accepted": 24},
    "isv": {REGISTRATION: 40, "introduction_accepted": 40, "lead_accepted": 20},
    "instrument_vendor": {REGISTRATION: 46, "lead_accepted": 38, "introduction_accepted": 16},
    "referral": {"tracked_referral": 90, "introduction_accepted": 10},
    "consultant": {"introduction_accepted": 70, "tracked_referral": 30},
    "msp": {REGISTRATION: 40, "lead_accepted": 60},
}


def draw_origin(partner_type: str, *, days_ago: int, is_new: bool, chance: Chance) -> str:
    """Return how a partner of a type brought a deal; only new business is registered, and since the portal opened."""
    origin = chance.weighted(ORIGINS[partner_type])
    can_register = is_new and days_ago < PORTAL_DAYS
    return "lead_accepted" if origin == REGISTRATION and not can_register else origin
