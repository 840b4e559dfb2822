"""Exchange rates of the demo: a daily series of our own, near the real world but copied from nobody."""

from __future__ import annotations

from datetime import date, timedelta

from tallystick.demo.chance import Chance
from tallystick.demo.facts import ExchangeRate

# Units for one euro, in hundred-thousandths: the level about which the rate wanders.
LEVELS = {"GBP": 85_800, "USD": 109_400}
MOST_IN_A_DAY = 420


def make_exchange_rates(*, first_day: date, anchor: date) -> tuple[ExchangeRate, ...]:
    """Return one rate for each currency and working day, for one euro."""
    made = []
    for currency, level in LEVELS.items():
        rate = level
        day = first_day
        while day <= anchor:
            if day.weekday() < 5:
                step = Chance("rate", currency, (anchor - day).days).between(-MOST_IN_A_DAY, MOST_IN_A_DAY)
                rate += step + (level - rate) // 60
                made.append(
                    ExchangeRate(
                        key=f"{currency}-{day}",
                        seen_on=day,
                        day=day,
                        base="EUR",
                        currency=currency,
                        rate=f"{rate // 100_000}.{rate % 100_000:05d}",
                    )
                )
            day += timedelta(days=1)
    return tuple(made)
