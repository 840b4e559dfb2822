"""Claims that deal tests make."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from tallystick.deals.services import NewRegistration, Receipt, submit_registration
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.kernel.money import Money
from tallystick.platform.actors import Actor, ActorKind

ACTOR = Actor(kind=ActorKind.PERSON, label="Asha Patel")
AT = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def entropy(seed: object) -> bytes:
    """Give bytes that look random and are the same for the same seed."""
    return sha256(repr(seed).encode()).digest()[:ENTROPY_NEEDED]


def claim(company: str = "Cellvia Ltd", *, website: str = "www.cellvia.com", minor: int = 4_200_000) -> NewRegistration:
    return NewRegistration(company=company, website=website, country="GB", value=Money(minor, "EUR"))


def submit(partner_id: int, of: NewRegistration | None = None, *, days: int = 0, seed: object | None = None) -> Receipt:
    of = of or claim()
    return submit_registration(
        ACTOR,
        partner_id=partner_id,
        claim=of,
        at=AT + timedelta(days=days),
        entropy=entropy(seed or (partner_id, of.company, days)),
    )
