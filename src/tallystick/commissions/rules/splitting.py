"""Who of the partners on the same terms has what of the earnings."""

from __future__ import annotations

from tallystick.commissions.rules.facts import PPM
from tallystick.kernel.allocation import allocate
from tallystick.kernel.rounding import Rounding, round_ratio


def split(earned_n: int, earned_d: int, shares: tuple[int, ...], rounding: Rounding) -> tuple[int, ...]:
    """Return what each share has of what is earned on a line so far, in minor units.

    The whole of these partners is rounded once and split by largest remainder, so that the parts sum to it. Shares are
    in parts per million; what is earned is given as numerator and denominator.
    """
    if len(shares) == 1:
        return (round_ratio(earned_n * shares[0], earned_d * PPM, rounding),)
    return allocate(round_ratio(earned_n * sum(shares), earned_d * PPM, rounding), shares)
