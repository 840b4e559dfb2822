"""Figures as a finance person writes them: 7,200.00 EUR, 12.5 %, 15 March 2026."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tallystick.kernel.currencies import exponent
from tallystick.kernel.rounding import Rounding, round_fraction, round_ratio

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_EXTRA_DECIMALS: Final = 4


def money_words(minor: int | Fraction, currency: str) -> str:
    """Write an amount of minor units; what is finer than they are is shown to four decimals more."""
    decimals = exponent(currency)
    if isinstance(minor, Fraction):
        finer = 0 if minor.denominator == 1 else _EXTRA_DECIMALS
        minor = round_ratio(minor.numerator * 10**finer, minor.denominator, Rounding.HALF_EVEN)
        decimals += finer
    whole, rest = divmod(abs(minor), 10**decimals)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{rest:0{decimals}} {currency}" if decimals else f"{sign}{whole:,} {currency}"


def percent_words(share: Fraction) -> str:
    """Write a share as a percentage with at most four decimals."""
    tenthousandths = round_fraction(share * 100 * 10**_EXTRA_DECIMALS, Rounding.HALF_EVEN)
    text = f"{Decimal(tenthousandths).scaleb(-_EXTRA_DECIMALS):,f}"
    return f"{text.rstrip('0').rstrip('.')} %"


def rate_words(rate: Fraction) -> str:
    """Write an exchange rate with at most eight decimals."""
    text = f"{Decimal(round_fraction(rate * 10**8, Rounding.HALF_EVEN)).scaleb(-8):,f}"
    return text.rstrip("0").rstrip(".")


def day_words(day: date) -> str:
    """Write a day without any doubt which part is the month."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
