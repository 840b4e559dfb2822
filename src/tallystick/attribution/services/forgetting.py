"""Takes back what was decided about facts that an undone import takes away."""

from __future__ import annotations

from django.db import connection, transaction

from tallystick.platform.tenancy import current_workspace_id


@transaction.atomic
def forget_import(import_id: int) -> int:
    """Remove the decisions, credits and marks of opportunities that an import brought, before these go.

    Returns how many decisions. Opportunities it only changed keep theirs and are decided again from the facts as they
    were.
    """
    brought = {"workspace": current_workspace_id(), "import": import_id}
    with connection.cursor() as cursor:
        for statement in _FORGET:
            cursor.execute(statement, brought)
        return int(cursor.rowcount)


_OF_IMPORT = """opportunity_id IN (
    SELECT id FROM crm_opportunity WHERE workspace_id = %(workspace)s AND added_by_import_id = %(import)s
)"""
# Deleted by set: Django's own cascade would read every row first.
_FORGET = tuple(
    f"DELETE FROM {table} WHERE workspace_id = %(workspace)s AND {_OF_IMPORT}"  # noqa: S608
    for table in ("attribution_pendingopportunity", "attribution_credit", "attribution_decision")
)
