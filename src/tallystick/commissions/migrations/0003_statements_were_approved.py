"""Lines that stand on statements from before approvals existed are approved by the issuing of their statement."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

RUNS = """
INSERT INTO commissions_approvalrun (
    workspace_id, number, through, month, currency, state, lines, given_minor, taken_minor, total_minor, digest,
    prepared_at, prepared_by_label, approved_at, approved_by_label, checks, ended_by_label, end_reason
)
SELECT statement.workspace_id,
    'AR-' || to_char(statement.month, 'YYYY-MM') || '-' || statement.currency || '-1',
    (statement.month + interval '1 month' - interval '1 day')::date, statement.month, statement.currency, 'approved',
    count(*),
    coalesce(sum(line.amount_minor) FILTER (WHERE line.amount_minor > 0), 0),
    coalesce(sum(line.amount_minor) FILTER (WHERE line.amount_minor < 0), 0),
    sum(line.amount_minor),
    encode(sha256(convert_to(string_agg(line.id || ' ' || line.content_hash, E'\\n' ORDER BY line.id), 'UTF8')), 'hex'),
    min(statement.issued_at), min(statement.issued_by_label), min(statement.issued_at), min(statement.issued_by_label),
    '[]', '', ''
FROM commissions_statementline stands
JOIN commissions_statement statement ON statement.id = stands.statement_id
JOIN commissions_commissionline line ON line.id = stands.line_id
GROUP BY statement.workspace_id, statement.month, statement.currency
"""

LINES = """
INSERT INTO commissions_approvalrunline (workspace_id, run_id, partner_id, line_id, approved_at)
SELECT stands.workspace_id, run.id, stands.partner_id, stands.line_id, run.approved_at
FROM commissions_statementline stands
JOIN commissions_statement statement ON statement.id = stands.statement_id
JOIN commissions_approvalrun run ON run.workspace_id = statement.workspace_id
    AND run.month = statement.month AND run.currency = statement.currency
"""


class Migration(migrations.Migration):
    """One approved run a month and currency, of the lines on its statements."""

    dependencies: ClassVar = [("commissions", "0002_approvals")]
    operations: ClassVar = [
        migrations.RunSQL(RUNS, migrations.RunSQL.noop),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
    ]
