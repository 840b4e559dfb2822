"""The three ways a figure is rounded to whole minor units, and the only place where it happens."""

from enum import StrEnum
from fractions import Fraction
from typing import assert_never


class Rounding(StrEnum):
    """A named rounding policy. All of them treat negative figures as the mirror of positive ones."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    DOWN = "down"


def round_ratio(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Round numerator ÷ denominator to an integer; the denominator is positive.

    A half goes to the even neighbour (half_even) or away from zero (half_up); `down` cuts toward zero. It is the
    integer form of `round_fraction` for callers who never reduce their fractions.
    """
    whole, rest = divmod(abs(numerator), denominator)
    match rounding:
        case Rounding.HALF_EVEN:
            up = rest * 2 > denominator or (rest * 2 == denominator and whole % 2 == 1)
        case Rounding.HALF_UP:
            up = rest * 2 >= denominator
        case Rounding.DOWN:
            up = False
        case _:
            assert_never(rounding)
    magnitude = whole + up
    return -magnitude if numerator < 0 else magnitude


def round_fraction(value: Fraction, rounding: Rounding) -> int:
    """Round an exact figure to an integer by the named policy."""
    return round_ratio(value.numerator, value.denominator, rounding)
