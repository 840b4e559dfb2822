"""Sums of deals by day, and the triggers that mark a day whose deals, decisions or credits changed."""

import django.db.models.deletion
from django.db import migrations, models

MARK = """
    INSERT INTO insights_changedday (workspace_id, day)
    SELECT DISTINCT workspace_id, day FROM ({rows}) touched (workspace_id, day) WHERE day IS NOT NULL
"""
OWN_DAYS = "SELECT r.workspace_id, unnest(ARRAY[r.opened_on, r.close_on]) FROM {table} r"
DIFFERENT_DAYS = """
    SELECT a.workspace_id, unnest(ARRAY[a.opened_on, a.close_on, b.opened_on, b.close_on])
    FROM rows_after a JOIN rows_before b USING (id)
    WHERE (a.opened_on, a.close_on, a.status, a.kind, a.amount_minor, a.currency)
        IS DISTINCT FROM (b.opened_on, b.close_on, b.status, b.kind, b.amount_minor, b.currency)
"""
DAYS_OF_DEAL = """
    SELECT o.workspace_id, unnest(ARRAY[o.opened_on, o.close_on])
    FROM {table} r JOIN crm_opportunity o ON o.id = r.opportunity_id
"""
TRIGGERS = [
    ("crm_opportunity", "INSERT", "NEW TABLE AS rows_after", OWN_DAYS.format(table="rows_after")),
    ("crm_opportunity", "UPDATE", "OLD TABLE AS rows_before NEW TABLE AS rows_after", DIFFERENT_DAYS),
    ("crm_opportunity", "DELETE", "OLD TABLE AS rows_before", OWN_DAYS.format(table="rows_before")),
    *(
        (table, event, f"{side.upper()} TABLE AS rows_touched", DAYS_OF_DEAL.format(table="rows_touched"))
        for table in ("attribution_decision", "attribution_credit")
        for event, side in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old"))
    ),
]


def trigger(table: str, event: str, tables: str, rows: str) -> str:
    """Return the SQL that marks the days one statement of a kind touches."""
    name = f"tallystick_changed_days_{table}_{event.lower()}"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            {MARK.format(rows=rows)};
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} FOR EACH STATEMENT
            EXECUTE FUNCTION {name}();
    """  # noqa: S608 - names of tables of this migration


FORWARD = "".join(trigger(*declared) for declared in TRIGGERS)
BACKWARD = "".join(
    f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    for table, event, *_ in TRIGGERS
    for name in (f"tallystick_changed_days_{table}_{event.lower()}",)
)


class Migration(migrations.Migration):
    """Expand: three tables, and triggers on those whose changes they follow."""


    initial = True

    dependencies = [
        ("platform", "0001_initial"),
        ("crm", "0002_stage_totals"),
        ("attribution", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.workspace")),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "day"], name="changed_days")],
            },
        ),
        migrations.CreateModel(
            name="DaySum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("measure", models.CharField(choices=[("opened", "Opened"), ("closed", "Won or lost"), ("influenced", "Opened, of a partner that influenced it")], max_length=10)),
                ("status", models.CharField(blank=True, choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], help_text="Of closed deals.", max_length=4)),
                ("credit_class", models.CharField(blank=True, choices=[("sourced", "Sourced"), ("influenced", "Influenced"), ("direct", "Direct")], help_text="Of sums without partner.", max_length=10)),
                ("partner_id", models.BigIntegerField(null=True)),
                ("deals", models.BigIntegerField()),
                ("with_amount", models.BigIntegerField(help_text="Deals whose amount is known and has an exchange rate.")),
                ("without_rate", models.BigIntegerField(help_text="Deals whose amount is known and has no exchange rate.")),
                ("amount_minor", models.BigIntegerField()),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.workspace")),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("partner_id__isnull", True)), fields=["workspace", "measure", "day"], name="day_sums_of_classes"), models.Index(condition=models.Q(("partner_id__isnull", False)), fields=["workspace", "measure", "day"], include=("partner_id", "status", "deals", "amount_minor"), name="day_sums_of_partners"), models.Index(condition=models.Q(("partner_id__isnull", False)), fields=["workspace", "partner_id", "measure", "day"], name="day_sums_of_a_partner")],
            },
        ),
        migrations.CreateModel(
            name="DaySumsTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.workspace")),
            ],
            options={
                "verbose_name_plural": "day sums terms",
                "constraints": [models.UniqueConstraint(fields=("workspace",), name="one_set_of_day_sums_terms")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
