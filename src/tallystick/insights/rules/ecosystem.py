"""What an ecosystem rests on and what it lacks: concentration of value, and demand that no partner answers.

Specified in docs/explanation/ecosystem-map.md. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

FEWEST_DEALS: Final = 3
"""A place with fewer open deals is no white space yet."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """Which partners bring how much of the whole; `share` is None where there is nothing to share."""

    partner_ids: tuple[int, ...]
    value: int
    share: Fraction | None


def concentration(values: Mapping[int, int], *, first: int) -> Concentration:
    """Return the part of the value that the first so many partners bring, the largest first, equal ones by id."""
    ranked = sorted(((value, partner_id) for partner_id, value in values.items() if value > 0), key=_largest_first)
    top = ranked[:first]
    whole = sum(value for value, _ in ranked)
    part = sum(value for value, _ in top)
    return Concentration(tuple(partner_id for _, partner_id in top), part, Fraction(part, whole) if whole else None)


def a_fifth_of(partners: int) -> int:
    """Return how many partners are a fifth of so many, rounded up: 20% of 16 are 4."""
    return -(-partners // 5)


@dataclass(frozen=True, slots=True)
class Demand:
    """Open deals of a country that no partner is credited for."""

    country: str
    deals: int
    value: int


def white_space(demand: Iterable[Demand], *, served: Collection[str]) -> tuple[Demand, ...]:
    """Return the countries with demand in which no partner works, the one with most at stake first."""
    gaps = [one for one in demand if one.country and one.country not in served and one.deals >= FEWEST_DEALS]
    return tuple(sorted(gaps, key=lambda one: (-one.value, -one.deals, one.country)))


def _largest_first(entry: tuple[int, int]) -> tuple[int, int]:
    value, partner_id = entry
    return -value, partner_id
