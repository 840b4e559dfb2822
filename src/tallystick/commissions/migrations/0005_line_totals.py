"""The totals of commission lines, with the triggers that keep them."""

import django.db.models.deletion
from django.db import migrations, models

COLUMNS = "workspace_id, currency, amount_minor, clawed_back_minor, approved_minor, stated_minor"
BACK = "FILTER (WHERE event_kind IN ('refund', 'credit_note'))"
LINES = "SELECT workspace_id, currency, sum(amount_minor), coalesce(sum(amount_minor) {back}, 0), 0, 0 FROM {rows}"
OF_LINES = LINES.format(back=BACK, rows="{rows}") + " GROUP BY workspace_id, currency"
OF_STATEMENTS = """
    SELECT l.workspace_id, l.currency, 0, 0, 0, sum(l.amount_minor)
    FROM {rows} r JOIN commissions_commissionline l ON l.id = r.line_id GROUP BY l.workspace_id, l.currency
"""
OF_APPROVALS = """
    SELECT l.workspace_id, l.currency, 0, 0, sum(r.times * l.amount_minor), 0
    FROM ({rows}) r JOIN commissions_commissionline l ON l.id = r.line_id
    GROUP BY l.workspace_id, l.currency HAVING sum(r.times * l.amount_minor) <> 0
"""
LIVE = "SELECT line_id, {times} AS times FROM {rows} WHERE approved_at IS NOT NULL AND released_at IS NULL"
AFTER, BEFORE = LIVE.format(times=1, rows="rows_after"), LIVE.format(times=-1, rows="rows_before")
TRIGGERS = [
    ("commissions_commissionline", "INSERT", "NEW TABLE AS rows_after", OF_LINES.format(rows="rows_after")),
    ("commissions_statementline", "INSERT", "NEW TABLE AS rows_after", OF_STATEMENTS.format(rows="rows_after")),
    ("commissions_approvalrunline", "INSERT", "NEW TABLE AS rows_after", OF_APPROVALS.format(rows=AFTER)),
    (
        "commissions_approvalrunline",
        "UPDATE",
        "OLD TABLE AS rows_before NEW TABLE AS rows_after",
        OF_APPROVALS.format(rows=f"{BEFORE} UNION ALL {AFTER}"),
    ),
    ("commissions_approvalrunline", "DELETE", "OLD TABLE AS rows_before", OF_APPROVALS.format(rows=BEFORE)),
]


def trigger(table: str, event: str, tables: str, rows: str) -> str:
    """Return the SQL that adds what one statement of a kind changes."""
    name = f"tallystick_line_totals_{table.removeprefix('commissions_')}_{event.lower()}"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            INSERT INTO commissions_linetotal ({COLUMNS}) {rows};
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} FOR EACH STATEMENT
            EXECUTE FUNCTION {name}();
    """


EVERY = (
    OF_LINES.format(rows="commissions_commissionline"),
    OF_STATEMENTS.format(rows="commissions_statementline"),
    OF_APPROVALS.format(rows=LIVE.format(times=1, rows="commissions_approvalrunline")),
)
FORWARD = "".join(
    [
        *(trigger(*declared) for declared in TRIGGERS),
        *(f"INSERT INTO commissions_linetotal ({COLUMNS}) {rows};" for rows in EVERY),
    ]
)
BACKWARD = "".join(
    f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    for table, event, *_ in TRIGGERS
    for name in (f"tallystick_line_totals_{table.removeprefix('commissions_')}_{event.lower()}",)
)


class Migration(migrations.Migration):
    """Expand: a table, and triggers that fill it."""

    dependencies = [("commissions", "0004_search")]

    operations = [
        migrations.CreateModel(
            name="LineTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField(help_text="All lines.")),
                (
                    "clawed_back_minor",
                    models.BigIntegerField(help_text="The part that refunds and credit notes took back."),
                ),
                (
                    "approved_minor",
                    models.BigIntegerField(help_text="The part that a run approved, also where a statement has it."),
                ),
                ("stated_minor", models.BigIntegerField(help_text="The part that stands on statements.")),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.workspace"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
