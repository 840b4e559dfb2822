"""Exchange rates of one day, for sums that a screen shows in one currency; booked money has its own, frozen rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tallystick.crm.models import ExchangeRate
from tallystick.kernel.money import Money
from tallystick.kernel.rounding import Rounding

BASE = "EUR"
OLDEST_DAYS = 7
"""A rate may be this many days old: banks publish none on weekends and holidays."""


@dataclass(frozen=True, slots=True)
class DayRates:
    """Units of each currency for one euro, as last published by a day."""

    day: date
    units: Mapping[str, Fraction]

    def rate(self, currency: str, other: str) -> Fraction | None:
        """Return units of `other` for one of `currency`; None where one of the two has no rate."""
        own, wanted = self.units.get(currency), self.units.get(other)
        if currency == other:
            return Fraction(1)
        return None if own is None or wanted is None else wanted / own

    def together(self, amounts: Iterable[Money], currency: str) -> Money:
        """Return the amounts as one sum in the currency, each converted and rounded; those without a rate left out."""
        total = Money(0, currency)
        for amount in amounts:
            rate = self.rate(amount.currency, currency)
            if rate is not None:
                total += amount.converted(rate=rate, currency=currency, rounding=Rounding.HALF_EVEN)
        return total


def day_rates(on: date) -> DayRates:
    """Return the rates last published by a business date, at most a week old. One query."""
    rows = (
        ExchangeRate.objects.filter(base=BASE, day__range=(on - timedelta(days=OLDEST_DAYS), on))
        .order_by("currency", "-day")
        .distinct("currency")
        .values_list("currency", "rate")
    )
    return DayRates(on, {BASE: Fraction(1), **{currency: Fraction(rate) for currency, rate in rows}})


def rate_on(on: date, currency: str, other: str) -> Fraction | None:
    """Return units of `other` for one of `currency` as last published by a business date. One query, none for one."""
    return Fraction(1) if currency == other else day_rates(on).rate(currency, other)
