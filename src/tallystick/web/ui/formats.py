"""How money, shares and dates are written for a reader: `platform.formats`, under the name that screens know."""

from __future__ import annotations

from tallystick.platform.formats import (
    DEFAULT_LANGUAGE,
    MINUS,
    NO_BREAK,
    clock,
    currency_name,
    day,
    day_and_year,
    moment,
    money_exact,
    money_short,
    money_trimmed,
    month,
    number,
    percent,
    weekday,
)

__all__ = [
    "DEFAULT_LANGUAGE",
    "MINUS",
    "NO_BREAK",
    "clock",
    "currency_name",
    "day",
    "day_and_year",
    "moment",
    "money_exact",
    "money_short",
    "money_trimmed",
    "month",
    "number",
    "percent",
    "weekday",
]
