"""Stages and owners of opportunities, read from totals and indexes: as fast with a million deals as with a hundred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Sum

from tallystick.crm.models import Opportunity, OpportunityStatus, StageTotal
from tallystick.kernel.money import Money
from tallystick.platform.database.distinct import distinct_values

MOST_OWNERS: Final = 2_000
"""A workspace's owners are looked through no further for a name."""


@dataclass(frozen=True, slots=True)
class StageCurrency:
    """How many opportunities stand in a stage in one currency, and what they come to."""

    stage: str
    status: OpportunityStatus
    deals: int
    without_account: int
    amount: Money


def stage_totals() -> list[StageCurrency]:
    """Return the totals of every stage and currency that has an opportunity. One query, exact at every moment."""
    rows = (
        StageTotal.objects.values_list("stage", "status", "currency")
        .annotate(found=Sum("deals"), unknown=Sum("without_account"), amount=Sum("amount_minor"))
        .filter(found__gt=0)
        .order_by("stage", "status", "currency")
    )
    return [
        StageCurrency(stage, OpportunityStatus(status), int(found), int(unknown), Money(int(amount), currency))
        for stage, status, currency, found, unknown, amount in rows
    ]


def stage_names(*, status: OpportunityStatus | None = None) -> list[str]:
    """Return the stages in which opportunities of the status, or any, stand, in alphabetical order. One query."""
    found = stage_totals()
    return sorted({row.stage for row in found if status in {None, row.status}})


def owner_names(*, at_most: int = 100) -> list[str]:
    """Return the first names, in alphabetical order, of those who own an opportunity. One query."""
    return distinct_values(Opportunity, "owner_name", at_most=at_most)


def owner_spellings(name: str) -> tuple[str, ...]:
    """Return the owners whose name is this one, whatever its capitals and outer spaces. One query."""
    wanted = name.strip().casefold()
    return tuple(owner for owner in owner_names(at_most=MOST_OWNERS) if owner.strip().casefold() == wanted)
