"""Keeps the totals of stages short, and makes them anew. What they come to is always the sum of the opportunities."""

from __future__ import annotations

from django.db import connection, transaction

from tallystick.crm.models import Opportunity, StageTotal
from tallystick.platform.tenancy import current_workspace_id

FOLDED_FROM = 200
"""Fewer parts than this are added up as fast as folded ones."""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tallystick.stage_totals', %s))"
_FOLD = """
    WITH taken AS (DELETE FROM {totals} WHERE workspace_id = %s RETURNING *)
    INSERT INTO {totals} (workspace_id, stage, status, currency, deals, without_account, amount_minor)
    SELECT workspace_id, stage, status, currency, sum(deals), sum(without_account), sum(amount_minor) FROM taken
    GROUP BY workspace_id, stage, status, currency
    HAVING sum(deals) <> 0 OR sum(without_account) <> 0 OR sum(amount_minor) <> 0
"""
_REBUILD = """
    INSERT INTO {totals} (workspace_id, stage, status, currency, deals, without_account, amount_minor)
    SELECT workspace_id, stage, status, currency, count(*), count(*) FILTER (WHERE account_id IS NULL),
        coalesce(sum(amount_minor), 0)
    FROM {opportunities} WHERE workspace_id = %s GROUP BY workspace_id, stage, status, currency
"""


@transaction.atomic
def fold_stage_totals() -> bool:
    """Fold the parts of each stage into one where there are many; tell whether there were. Sums stay as they are."""
    if StageTotal.objects.all()[:FOLDED_FROM].count() < FOLDED_FROM:
        return False
    _run(_LOCK)
    _run(_FOLD)
    return True


@transaction.atomic
def rebuild_stage_totals() -> None:
    """Make the totals of the workspace in scope anew from its opportunities, for books whose triggers were off.

    Nothing else may write opportunities meanwhile: the table is locked against it until the end.
    """
    _run(_LOCK)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Opportunity._meta.db_table} IN SHARE MODE")
    StageTotal.objects.all().delete()
    _run(_REBUILD)


def _run(statement: str) -> None:
    tables = {"totals": StageTotal._meta.db_table, "opportunities": Opportunity._meta.db_table}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**tables), [current_workspace_id()])
