"""When a fact is booked: in its own month while that is open, else on the first day of the first open month."""

from __future__ import annotations

from datetime import date

from tallystick.kernel.periods import Month


def booking_day(*, fact_on: date, closed_through: Month | None) -> date:
    """Return the day on which something that happened on `fact_on` is booked.

    The books are closed up to and including `closed_through` and never reopened: what is learned late counts on the
    first day of the month after it. Specified in docs/explanation/commissions.md.
    """
    if closed_through is None or fact_on > closed_through.last_day:
        return fact_on
    return closed_through.plus(1).first_day
