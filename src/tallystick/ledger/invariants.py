"""What must hold in the ledger at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q

from tallystick.ledger.models import Posting
from tallystick.platform.invariants import invariant


@invariant(id="L1", sentence="Every posting moves an amount above zero between two different accounts.")
def postings_have_two_sides() -> Iterator[str]:
    """Yield postings that move nothing, or nowhere."""
    wrong = Posting.objects.filter(Q(amount_minor__lte=0) | Q(source_account=F("destination_account")))
    for posting in wrong.order_by("pk"):
        yield f"Posting {posting.pk} moves {posting.amount_minor} within one account or not above zero."
