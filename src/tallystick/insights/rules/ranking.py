"""Ranks with the places gained or lost against an earlier period."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rank:
    """One partner's place. `moved` is positive for places gained, None where it had no place before."""

    partner_id: int
    place: int
    amount: int
    moved: int | None


def rank_partners(amounts: Mapping[int, int], *, before: Mapping[int, int]) -> tuple[Rank, ...]:
    """Rank partners by amount, highest first; equal amounts share a place, and nothing has no place.

    Equal places are listed by id, so that a page never shuffles them.
    """
    places, places_before = _places(amounts), _places(before)
    return tuple(
        Rank(
            partner_id=partner_id,
            place=place,
            amount=amounts[partner_id],
            moved=places_before[partner_id] - place if partner_id in places_before else None,
        )
        for partner_id, place in sorted(places.items(), key=lambda entry: (entry[1], entry[0]))
    )


def _places(amounts: Mapping[int, int]) -> dict[int, int]:
    ordered = sorted((amount for amount in amounts.values() if amount > 0), reverse=True)
    first_place: dict[int, int] = {}
    for place, amount in enumerate(ordered, start=1):
        first_place.setdefault(amount, place)
    return {partner_id: first_place[amount] for partner_id, amount in amounts.items() if amount > 0}
