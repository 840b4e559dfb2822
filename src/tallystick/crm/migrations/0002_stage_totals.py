"""The totals of stages with the triggers that keep them, and indexes for every order and filter of the list."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Lower

PARTS = """
    SELECT workspace_id, stage, status, currency, sum(times), sum(times) FILTER (WHERE account_id IS NULL),
        sum(times * amount_minor)
    FROM ({rows}) parts GROUP BY workspace_id, stage, status, currency
"""
ROWS = "SELECT workspace_id, stage, status, currency, account_id, amount_minor, {times} AS times FROM {table}"
INSERT = """
    INSERT INTO crm_stagetotal (workspace_id, stage, status, currency, deals, without_account, amount_minor)
    SELECT workspace_id, stage, status, currency, a, coalesce(b, 0), coalesce(c, 0)
    FROM ({parts}) sums (workspace_id, stage, status, currency, a, b, c) WHERE a <> 0 OR b <> 0 OR c <> 0
"""
BEFORE = ROWS.format(times=-1, table="rows_before")
AFTER = ROWS.format(times=1, table="rows_after")


def trigger(event: str, tables: str, rows: str) -> str:
    """Return the SQL that adds what one statement of a kind changes."""
    name = f"tallystick_stage_totals_{event.lower()}"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            {INSERT.format(parts=PARTS.format(rows=rows))};
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event} ON crm_opportunity REFERENCING {tables} FOR EACH STATEMENT
            EXECUTE FUNCTION {name}();
    """


FORWARD = (
    trigger("INSERT", "NEW TABLE AS rows_after", AFTER)
    + trigger("UPDATE", "OLD TABLE AS rows_before NEW TABLE AS rows_after", f"{BEFORE} UNION ALL {AFTER}")
    + trigger("DELETE", "OLD TABLE AS rows_before", BEFORE)
    + INSERT.format(parts=PARTS.format(rows=ROWS.format(times=1, table="crm_opportunity")))
)
BACKWARD = "".join(
    f"DROP TRIGGER {name} ON crm_opportunity; DROP FUNCTION {name}();"
    for name in (f"tallystick_stage_totals_{event}" for event in ("insert", "update", "delete"))
)


class Migration(migrations.Migration):
    """Expand: a table, triggers that fill it, and indexes."""

    dependencies = [("crm", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="StageTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=80)),
                (
                    "status",
                    models.CharField(choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], max_length=4),
                ),
                ("currency", models.CharField(max_length=3)),
                ("deals", models.BigIntegerField()),
                (
                    "without_account",
                    models.BigIntegerField(help_text="Those of `deals` that belong to no account."),
                ),
                ("amount_minor", models.BigIntegerField(help_text="Sum of the amounts known.")),
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
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["workspace", "close_on", "id"], name="opportunities_soonest_first"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["workspace", "stage", "opened_on", "id"], name="opportunities_by_stage"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["workspace", "owner_name", "opened_on", "id"], name="opportunities_by_owner"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["workspace", "currency", "amount_minor", "id"], name="opportunities_by_amount"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                fields=["workspace", "opened_on", "id"],
                condition=models.Q(("account__isnull", True)),
                name="opportunities_without_account",
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index("workspace", Lower("name"), "id", name="accounts_in_order_of_name"),
        ),
    ]
