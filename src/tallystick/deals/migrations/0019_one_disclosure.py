"""What partners learn was set twice, for claims and for leads; the stricter of the two holds for both from now on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tallystick.kernel.canonical import canonical_json

HAND = "Tallystick"
TOLD_NOTHING = """
SELECT leads.workspace_id, coalesce(claims.number, 0), coalesce(claims.may_learn, 'known')
FROM (SELECT DISTINCT ON (workspace_id) workspace_id, document FROM deals_leadpolicyversion
      ORDER BY workspace_id, number DESC) leads
LEFT JOIN (SELECT DISTINCT ON (workspace_id) workspace_id, number, may_learn FROM deals_disclosurepolicy
           ORDER BY workspace_id, number DESC) claims ON claims.workspace_id = leads.workspace_id
WHERE leads.document ->> 'partner_learns' = 'nothing' AND coalesce(claims.may_learn, 'known') <> 'nothing'
ORDER BY leads.workspace_id
"""
SET = """
INSERT INTO deals_disclosurepolicy (workspace_id, number, may_learn, changed_at, changed_by_label)
VALUES (%s, %s, 'nothing', %s, %s) RETURNING id
"""
WRITTEN = """
INSERT INTO platform_activityentry (workspace_id, position, at, actor_kind, actor_person_id, actor_label, verb,
    subject_kind, subject_id, partner_id, summary, body, previous_hash, hash)
VALUES (%s, 0, %s, 'system', NULL, %s, 'disclosure_set', 'disclosure_policy', %s, NULL, %s, %s, '', '')
"""


def carry_over(_: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the next version of what partners learn where leads were told nothing and claims more, and its entry.

    The entry is chained by the trigger as every other is; its body is what `record_activity` writes.
    """
    at = datetime.now(tz=UTC)
    with editor.connection.cursor() as cursor:
        cursor.execute(TOLD_NOTHING)
        for workspace_id, number, was in cursor.fetchall():
            cursor.execute(SET, [workspace_id, number + 1, at, HAND])
            (policy_id,) = cursor.fetchone()
            summary = (
                f"What partners may learn of a company: nothing, before {was}; "
                "it was set for leads, and holds for claims as well from now on"
            )
            body: dict[str, Any] = {
                "workspace": workspace_id,
                "at": at.isoformat(timespec="microseconds"),
                "actor": ["system", None, HAND],
                "verb": "disclosure_set",
                "subject": ["disclosure_policy", policy_id],
                "partner": None,
                "summary": summary,
                "data": {"number": number + 1, "may_learn": "nothing", "was": was},
            }
            cursor.execute(WRITTEN, [workspace_id, at, HAND, policy_id, summary, canonical_json(body)])


class Migration(migrations.Migration):
    """Backfill; published documents stay as they are, and their key says nothing any more."""

    dependencies: ClassVar = [("deals", "0018_told_of_leads"), ("platform", "0018_registering")]
    operations: ClassVar = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
