"""A figure week by week, for the curve beside it."""

from __future__ import annotations

from tallystick.attribution.models import CreditClass
from tallystick.crm.models import OpportunityStatus
from tallystick.insights.day_sums import DaySums, Sums
from tallystick.insights.models import DayMeasure
from tallystick.insights.rules.spans import Span, last_complete_week


def weekly_won(credit_class: CreditClass, *, weeks: int, on: Span, sums: DaySums) -> tuple[int, ...]:
    """Return what deals of a class were won in each of the last complete weeks before the span's end, oldest first.

    Amounts in minor units; a week without any is nil.
    """
    last = last_complete_week(on.last_day)
    mondays = [last.plus(-back).first_day for back in range(weeks - 1, -1, -1)]
    where = {"status": OpportunityStatus.WON.value, "credit_class": credit_class.value}
    found = sums.sums(DayMeasure.CLOSED, Span(mondays[0], last.last_day), by=("week",), where=where)
    return tuple(found.get((monday,), Sums()).amount for monday in mondays)
