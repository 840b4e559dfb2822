"""Stages and owners of opportunities, read from totals and indexes: as fast with a million deals as with a hundred."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from tallystick.crm.models import Opportunity, OpportunityStatus, StageTotal
from tallystick.kernel.money import Money
from tallystick.platform.tenancy import current_workspace_id


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


_OWNERS = """
    WITH RECURSIVE owners AS (
        (SELECT owner_name FROM {table} WHERE workspace_id = %s AND owner_name > '' ORDER BY owner_name LIMIT 1)
        UNION ALL
        SELECT (SELECT owner_name FROM {table} WHERE workspace_id = %s AND owner_name > owners.owner_name
            ORDER BY owner_name LIMIT 1)
        FROM owners WHERE owners.owner_name IS NOT NULL
    )
    SELECT owner_name FROM owners WHERE owner_name IS NOT NULL LIMIT %s
"""


def owner_names(*, at_most: int = 100) -> list[str]:
    """Return the first names, in alphabetical order, of those who own an opportunity. One query.

    It jumps from name to name in the index instead of reading every opportunity.
    """
    workspace_id = current_workspace_id()
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS.format(table=Opportunity._meta.db_table), [workspace_id, workspace_id, at_most])
        return [name for (name,) in cursor.fetchall()]
