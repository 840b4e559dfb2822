"""Takes a claim that may arrive twice: a form sent again, by an impatient finger or a bad line, is one claim."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction

from tallystick.deals.models import DealRegistration
from tallystick.deals.services.submitting import (
    ENTROPY_NEEDED,
    REFERENCE_PREFIX,
    NewRegistration,
    submit_registration,
)
from tallystick.kernel.ids import ENTROPY_BYTES, reference
from tallystick.platform.actors import Actor


@transaction.atomic
def submit_once(actor: Actor, *, partner_id: int, claim: NewRegistration, at: datetime, token: str) -> DealRegistration:
    """Register a deal, or return the registration of the same company that the same token made before.

    The reference follows from the token, which is random and stands in the form; requests with one token are taken
    one after the other. Raises what `submit_registration` raises.
    """
    entropy = sha256(f"{partner_id}:{token}".encode()).digest()[:ENTROPY_NEEDED]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [entropy.hex()])
    made = DealRegistration.objects.filter(
        partner_id=partner_id, reference__in=_references(entropy), company=claim.company.strip()
    )
    earlier = made.order_by("pk").first()
    if earlier is not None:
        return earlier
    return submit_registration(actor, partner_id=partner_id, claim=claim, at=at, entropy=entropy).registration


def _references(entropy: bytes) -> list[str]:
    """Return the references a submission with these random bytes may be given."""
    starts = range(0, ENTROPY_NEEDED, ENTROPY_BYTES)
    return [reference(REFERENCE_PREFIX, entropy=entropy[start : start + ENTROPY_BYTES]) for start in starts]
