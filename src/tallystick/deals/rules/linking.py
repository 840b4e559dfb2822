"""Which CRM opportunity a registered deal became."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

GRACE_DAYS = 7
"""An opportunity may have been opened this many days before the registration: the CRM is sometimes quicker."""


@dataclass(frozen=True, slots=True)
class OpenedDeal:
    """An opportunity on the registered account: its row and the business day it was opened."""

    id: int
    opened_on: date


def opportunity_of(*, submitted_on: date, protected_until: date, deals: Iterable[OpenedDeal]) -> int | None:
    """Return the first opportunity opened from a week before the registration to the end of its protection, if any.

    Of two opened on one day the one known first is taken. Specified in docs/explanation/deal-registration.md.
    """
    first_day = submitted_on - timedelta(days=GRACE_DAYS)
    fitting = [deal for deal in deals if first_day <= deal.opened_on <= protected_until]
    return min(fitting, key=lambda deal: (deal.opened_on, deal.id)).id if fitting else None
