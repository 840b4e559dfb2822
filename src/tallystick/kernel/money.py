"""Money: whole minor units of one currency. No float ever comes near it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from tallystick.kernel.currencies import exponent, minor_units
from tallystick.kernel.rounding import Rounding, round_fraction


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one operation; convert one of them first."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"Cannot combine {left} with {right}: convert one of them first.")


class NotAnAmount(ValueError):
    """Text that is not an exact amount of the currency."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency in minor units: `Money(1250, "EUR")` is 12.50 EUR."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: str, currency: str) -> Money:
        """Read a plain decimal such as "1250.50"; more decimals than the currency has are refused.

        Raises NotAnAmount, UnknownCurrency.
        """
        try:
            decimal = Decimal(amount)
        except InvalidOperation:
            raise NotAnAmount(f"{amount!r} is not an amount. Write it like 1250.50.") from None
        if not decimal.is_finite():
            raise NotAnAmount(f"{amount!r} is not an amount. Write it like 1250.50.")
        minor = Fraction(decimal) * minor_units(currency)
        if minor.denominator != 1:
            raise NotAnAmount(f"{amount} has more than the {exponent(currency)} decimals of {currency}.")
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in units of the currency, with exactly its decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def converted(self, *, rate: Fraction, currency: str, rounding: Rounding) -> Money:
        """Return this amount in another currency, rounded once; `rate` is units of it for one unit of this currency."""
        minor = self.minor * rate * Fraction(minor_units(currency), minor_units(self.currency))
        return Money(round_fraction(minor, rounding), currency)

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._require_same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._require_same_currency(other)
        return self.minor <= other.minor

    def __str__(self) -> str:
        return f"{self.amount:,f} {self.currency}"

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
