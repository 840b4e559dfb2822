"""Splitting a whole number so that the parts always sum to the whole."""

from collections.abc import Sequence
from fractions import Fraction


def allocate(total: int, weights: Sequence[int | Fraction]) -> tuple[int, ...]:
    """Split `total` in proportion to `weights` by the method of largest remainder.

    Each part is its exact quota rounded down or up, and the parts sum to `total`. What is left after rounding down goes
    to the largest remainders, and among equal remainders to the earlier position. A negative total gives the mirror
    image of the positive one. Raises ValueError for a negative weight, or when a total has nobody to go to.
    Specified in docs/explanation/rounding.md.
    """
    if len(weights) == 1 and weights[0] > 0:
        return (total,)
    whole = sum(weights)
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight is negative: parts of a whole cannot be.")
    if whole == 0:
        if total:
            raise ValueError(f"Cannot split {total}: every weight is zero.")
        return (0,) * len(weights)
    parts: list[int] = []
    remainders: list[int | Fraction] = []
    for weight in weights:
        part, remainder = divmod(abs(total) * weight, whole)
        parts.append(int(part))
        remainders.append(remainder)
    left_over = abs(total) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda position: (-remainders[position], position))
    for position in by_remainder[:left_over]:
        parts[position] += 1
    return tuple(parts) if total >= 0 else tuple(-part for part in parts)
