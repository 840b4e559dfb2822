"""Marks opportunities that must be decided again.

A mark is a plain row: marking never waits for a decision in progress, and a mark made while one runs is found by the
next. Marks are written in the transaction of the change that causes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection
from django.db.models import BigIntegerField, Q, QuerySet, Value

from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.kernel.names import normalise_company_name
from tallystick.platform.database.bulk import any_of
from tallystick.platform.tenancy import current_workspace_id


def mark_opportunities(opportunity_ids: Iterable[int], *, cause_import_id: int | None = None) -> int:
    """Mark these opportunities, and all others of their accounts, whose direct evidence they are. Returns how many."""
    chosen = Opportunity.objects.filter(pk__in=any_of(set(opportunity_ids)))
    accounts = chosen.filter(account__isnull=False).values("account_id")
    return _mark(
        Opportunity.objects.filter(Q(pk__in=chosen.values("pk")) | Q(account_id__in=accounts)), cause_import_id
    )


def mark_accounts(account_ids: Iterable[int], *, cause_import_id: int | None = None) -> int:
    """Mark every opportunity of these accounts. Returns how many."""
    return _mark(Opportunity.objects.filter(account_id__in=any_of(set(account_ids))), cause_import_id)


def mark_named(partner_name: str) -> int:
    """Mark every opportunity whose CRM record names a partner of that name, however it spells it. Returns how many."""
    wanted = normalise_company_name(partner_name)
    named = Opportunity.objects.exclude(partner_named="").order_by("partner_named")
    spellings = [
        name
        for name in named.values_list("partner_named", flat=True).distinct()
        if normalise_company_name(name) == wanted
    ]
    return _mark(Opportunity.objects.filter(partner_named__in=spellings), None) if spellings else 0


def mark_unlocked(*, today: date, lock_days: int) -> int:
    """Mark every opportunity that is not locked today, for a change of policy. Returns how many."""
    since = today - timedelta(days=lock_days)
    unlocked = Q(status=OpportunityStatus.OPEN) | Q(close_on__isnull=True) | Q(close_on__gte=since)
    # A day of grace on the instant: a decision that is made again without need changes nothing.
    known_lately = Q(learned_at__date__gte=since - timedelta(days=1))
    return _mark(Opportunity.objects.filter(unlocked | known_lately), None)


def mark_import(import_id: int) -> int:
    """Mark what an import brought or changed: its opportunities, and all opportunities of the accounts it names.

    The account an opportunity had before the import counts too. Returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK_IMPORT, {"workspace": current_workspace_id(), "import": import_id})
        return int(cursor.rowcount)


def _mark(opportunities: QuerySet[Opportunity], cause_import_id: int | None) -> int:
    cause = Value(cause_import_id, output_field=BigIntegerField(null=True))
    rows = opportunities.order_by().values_list("workspace_id", "pk", cause)
    select, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT} {select}", parameters)
        return int(cursor.rowcount)


_INSERT = "INSERT INTO attribution_pendingopportunity (workspace_id, opportunity_id, cause_import_id)"

_MARK_IMPORT = """
WITH touched AS (
    SELECT id, account_id FROM crm_opportunity
     WHERE workspace_id = %(workspace)s AND (added_by_import_id = %(import)s OR changed_by_import_id = %(import)s)
), accounts AS (
    SELECT account_id FROM touched WHERE account_id IS NOT NULL
    UNION
    SELECT (before ->> 'account_id')::bigint FROM crm_importchange
     WHERE workspace_id = %(workspace)s AND batch_id = %(import)s AND fact_kind = 'opportunities'
    UNION
    SELECT account_id FROM crm_salesactivity
     WHERE workspace_id = %(workspace)s AND (added_by_import_id = %(import)s OR changed_by_import_id = %(import)s)
)
INSERT INTO attribution_pendingopportunity (workspace_id, opportunity_id, cause_import_id)
SELECT %(workspace)s, id, %(import)s FROM touched
UNION
SELECT %(workspace)s, id, %(import)s FROM crm_opportunity
 WHERE workspace_id = %(workspace)s AND account_id IN (SELECT account_id FROM accounts)
"""
