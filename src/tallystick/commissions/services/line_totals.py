"""Keeps the totals of commission lines short. What they come to is always the sum of the lines."""

from __future__ import annotations

from django.db import connection, transaction

from tallystick.commissions.models import LineTotal
from tallystick.platform.tenancy import current_workspace_id

FOLDED_FROM = 200
"""Fewer parts than this are added up as fast as folded ones."""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tallystick.line_totals', %s))"
_FOLD = """
    WITH taken AS (DELETE FROM commissions_linetotal WHERE workspace_id = %s RETURNING *)
    INSERT INTO commissions_linetotal
        (workspace_id, currency, amount_minor, clawed_back_minor, approved_minor, stated_minor)
    SELECT workspace_id, currency, sum(amount_minor), sum(clawed_back_minor), sum(approved_minor), sum(stated_minor)
    FROM taken GROUP BY workspace_id, currency
"""


@transaction.atomic
def fold_line_totals() -> bool:
    """Fold the parts of each currency into one where there are many; tell whether there were. Sums stay as they are."""
    if LineTotal.objects.all()[:FOLDED_FROM].count() < FOLDED_FROM:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [current_workspace_id()])
        cursor.execute(_FOLD, [current_workspace_id()])
    return True
