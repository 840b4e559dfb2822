"""Rates, changes and medians, exact: None where there is nothing to divide by."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class WinRate:
    """Deals won of deals decided."""

    won: int
    lost: int

    @property
    def rate(self) -> Fraction | None:
        """Won of won and lost; open deals are in neither."""
        decided = self.won + self.lost
        return Fraction(self.won, decided) if decided else None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure beside the figure it is compared with, both in the same unit."""

    now: int
    before: int

    @property
    def difference(self) -> int:
        """How much more, or less, than before."""
        return self.now - self.before

    @property
    def relative(self) -> Fraction | None:
        """The change as a part of the earlier figure; None where that was nothing."""
        return Fraction(self.difference, abs(self.before)) if self.before else None


def percent(value: Fraction, *, decimals: int = 0) -> str:
    """Write a fraction as a percentage, halves rounded away from zero: 3/25 is "12", with one decimal "12.0"."""
    scale = 10**decimals
    scaled = abs(value) * 100 * scale
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, rest = divmod(rounded, scale)
    sign = "-" if value < 0 and rounded else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"


def median(values: Sequence[int]) -> Fraction | None:
    """Give the middle value, or the mean of the two in the middle; None of no values."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)
