"""Chance that is the same on every machine: draws from SHA-256, and fair turns without any draw.

The standard library promises reproducible floats, but not reproducible choices, and floats have no place near money.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)

SCALE = 1_000_000


class Chance:
    """A stream of draws that follows from its name alone."""

    def __init__(self, *name: object) -> None:
        self._seed = "/".join(str(part) for part in name)
        self._drawn = 0

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to `limit` - 1."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._seed}#{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8], "big") * limit >> 64

    def between(self, lowest: int, highest: int) -> int:
        """Draw a whole number from `lowest` to `highest`, both included."""
        return lowest + self.below(highest - lowest + 1)

    def percent(self, likelihood: int) -> bool:
        """Say yes in so many cases of a hundred."""
        return self.below(100) < likelihood

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one item."""
        return items[self.below(len(items))]

    def weighted(self, weights: Mapping[Key, int]) -> Key:
        """Draw a key, in proportion to its weight."""
        drawn = self.below(sum(weights.values()))
        for key, weight in weights.items():
            drawn -= weight
            if drawn < 0:
                return key
        raise ValueError("No weight is positive.")

    def shuffled(self, items: Iterable[Item]) -> list[Item]:
        """Return the items in a drawn order."""
        left = list(items)
        for last in range(len(left) - 1, 0, -1):
            other = self.below(last + 1)
            left[last], left[other] = left[other], left[last]
        return left


class Turns(Generic[Key]):
    """Gives each of several keys its share, as evenly as the sizes allow: who is owed most comes next.

    Where a draw would give 38 % only in the long run, turns give it in every window of time. Each turn adds to what a
    key is owed its share of the size, and takes the size from the key that gets it; the sum stays zero.
    """

    def __init__(self) -> None:
        self._owed: dict[Key, int] = {}

    def take(self, weights: Mapping[Key, int], *, size: int = 1) -> Key:
        """Return the key whose turn it is and charge it with `size`. Weights need not sum to anything."""
        total = sum(weights.values())
        for key, weight in weights.items():
            self._owed[key] = self._owed.get(key, 0) + size * SCALE * weight // total
        chosen = max((key for key, weight in weights.items() if weight), key=lambda key: self._owed[key])
        self._owed[chosen] -= size * SCALE
        return chosen

    def charge(self, weights: Mapping[Key, int], *, to: Key, size: int) -> None:
        """Charge `size` to a key that was chosen for another reason; everybody is owed a share of it."""
        total = sum(weights.values())
        for key, weight in weights.items():
            self._owed[key] = self._owed.get(key, 0) + size * SCALE * weight // total
        self._owed[to] = self._owed.get(to, 0) - size * SCALE
