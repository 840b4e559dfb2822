"""When a fact is booked: in its own month while that is open, else on the first day of the next open month."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from tallystick.kernel.periods import Month


def booking_day(*, fact_on: date, closed_months: Collection[date]) -> date:
    """Return the day on which something that happened on `fact_on` is booked.

    `closed_months` holds the first days of the closed months. A closed month is never reopened: what is learned late
    counts on the first day of the next open one. Specified in docs/explanation/commissions.md.
    """
    month = Month.containing(fact_on)
    if month.first_day not in closed_months:
        return fact_on
    while month.first_day in closed_months:
        month = month.plus(1)
    return month.first_day
