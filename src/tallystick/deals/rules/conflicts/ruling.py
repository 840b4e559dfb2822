"""What a ruling may say, checked before it is made; and who may appeal, until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from tallystick.kernel.allocation import allocate

WHOLE_PPM = 1_000_000


class ConflictRefused(ValueError):
    """What was asked cannot be done with the case; the message says why, for the person who tried."""


def parts_of(weights: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """Divide the whole among partners by weight: parts per million that sum to exactly one, the largest first.

    What is left over goes to the largest remainder; of equal parts the smaller id comes first. Raises
    `ConflictRefused` where nobody has a weight, or one is negative.
    """
    if any(weight < 0 for weight in weights.values()) or not any(weights.values()):
        raise ConflictRefused("Give each claim its part: zero or more, and not zero for all.")
    ordered = sorted((partner for partner, weight in weights.items() if weight), key=lambda one: (-weights[one], one))
    ppm = allocate(WHOLE_PPM, [weights[partner] for partner in ordered])
    return tuple(zip(ordered, ppm, strict=True))


def check_parts(parts: Sequence[tuple[int, int]], *, claimants: Collection[int]) -> None:
    """Require that parts, as partner and parts per million, are a ruling among claimants; none of them is one too.

    Raises `ConflictRefused` for a partner that did not claim or stands twice, and for parts that are not the whole.
    """
    partners = [partner for partner, _ppm in parts]
    if not set(partners) <= set(claimants):
        raise ConflictRefused("A ruling gives parts to those who claimed.")
    if len(set(partners)) < len(partners):
        raise ConflictRefused("A ruling gives each claimant one part.")
    if parts and (sum(ppm for _, ppm in parts) != WHOLE_PPM or min(ppm for _, ppm in parts) <= 0):
        raise ConflictRefused("The parts of a ruling sum to exactly one.")


def check_reason(reason: str, *, foreign_names: Sequence[str]) -> str:
    """Return the reason as it is kept. Raises `ConflictRefused` for none, or one that names who may not be named."""
    words = " ".join(reason.split())
    if not words:
        raise ConflictRefused("Say why: both sides read the reason.")
    for name in foreign_names:
        if name and name.casefold() in words.casefold():
            raise ConflictRefused(f"Both sides read the reason: write “another partner” instead of {name}.")
    return reason.strip()


def last_day(on: date, days: int) -> date:
    """Return the last day on which something may still be done, counted from the day it became possible."""
    return on + timedelta(days=days)
