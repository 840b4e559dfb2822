"""Conflicts for tests: one that waits, and a decision that may still be disputed."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from tallystick.deals.models import Conflict, DealRegistration
from tallystick.deals.services import NewRegistration, decline_registration, submit_registration
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.flows import conflicts
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.actors import SYSTEM
from tests.factories.revenue import make_partner


def conflicts_of_each_kind(partner: Partner, *, at: datetime) -> Conflict:
    """Return the case of Fernhill, which the partner registered first; its claim to Ashdown was declined."""
    register(partner, "Fernhill", at=at)
    register(make_partner("Northwind"), "Fernhill", at=at)
    declined = register(partner, "Ashdown", at=at)
    decline_registration(SYSTEM, registration_id=declined.pk, reason="Too small.", at=at)
    return conflicts.watch(SYSTEM, at=at)[0]


def register(partner: Partner, company: str, *, at: datetime) -> DealRegistration:
    """Return the partner's claim to a company."""
    claim = NewRegistration(company=company, website=f"{company.lower()}.example", value=Money(4_200_000, "EUR"))
    entropy = sha256(f"{partner.pk}{company}".encode()).digest()[:ENTROPY_NEEDED]
    return submit_registration(SYSTEM, partner_id=partner.pk, claim=claim, at=at, entropy=entropy).registration
