"""What the people of a partner may do in the portal, by role; the permissions are those of `platform.access`."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.partners.models import PartnerRole
from tallystick.platform.access import Permission

_SEES_DEALS = frozenset({Permission.SEE_OWN_PORTAL, Permission.SEE_OWN_DEALS, Permission.SEE_OWN_LEADS})

_WRITES = _SEES_DEALS | {Permission.WRITE_ON_OWN_DEALS, Permission.SEE_OWN_NOTICES}

PARTNER_ROLE_PERMISSIONS: Mapping[PartnerRole, frozenset[Permission]] = {
    PartnerRole.ADMIN: _WRITES
    | {
        Permission.REGISTER_DEALS,
        Permission.INTRODUCE_LEADS,
        Permission.DISPUTE_OWN_DEALS,
        Permission.SEE_OWN_EARNINGS,
        Permission.MANAGE_OWN_TEAM,
        Permission.MANAGE_OWN_API_KEYS,
        Permission.MANAGE_OWN_WEBHOOKS,
    },
    PartnerRole.SELLER: _WRITES
    | {
        Permission.REGISTER_DEALS,
        Permission.INTRODUCE_LEADS,
        Permission.DISPUTE_OWN_DEALS,
        Permission.SEE_OWN_EARNINGS,
    },
    PartnerRole.MARKETER: _WRITES | {Permission.INTRODUCE_LEADS},
    PartnerRole.FINANCE: _WRITES | {Permission.SEE_OWN_EARNINGS},
}

VIEWED_AS_PARTNER = _SEES_DEALS | {Permission.SEE_OWN_EARNINGS}
"""What someone of the vendor may do while looking as a partner: see everything, change nothing."""
