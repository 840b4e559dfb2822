"""The lines that stand on no statement, with the triggers that keep them."""

import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = [
    (
        "commissions_commissionline",
        """INSERT INTO commissions_unstatedline (workspace_id, partner_id, line_id)
            SELECT workspace_id, partner_id, id FROM rows_after""",
    ),
    (
        "commissions_statementline",
        "DELETE FROM commissions_unstatedline u USING rows_after r WHERE u.line_id = r.line_id",
    ),
]


def name_of(table: str) -> str:
    """Return the name of a table's trigger and of its function."""
    return f"tallystick_unstated_{table.removeprefix('commissions_')}"


def trigger(table: str, change: str) -> str:
    """Return the SQL that makes a change after each statement that inserts into a table."""
    name = name_of(table)
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            {change};
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
            EXECUTE FUNCTION {name}();
    """


EVERY = """
    INSERT INTO commissions_unstatedline (workspace_id, partner_id, line_id)
    SELECT workspace_id, partner_id, id FROM commissions_commissionline l
    WHERE NOT EXISTS (SELECT FROM commissions_statementline s WHERE s.line_id = l.id);
"""
FORWARD = "".join([*(trigger(*declared) for declared in TRIGGERS), EVERY])
BACKWARD = "".join(
    f"DROP TRIGGER {name_of(table)} ON {table}; DROP FUNCTION {name_of(table)}();" for table, _ in TRIGGERS
)


class Migration(migrations.Migration):
    """Expand: a table, and triggers that fill it."""

    dependencies = [("commissions", "0005_line_totals"), ("partners", "0003_notes_and_files")]

    operations = [
        migrations.CreateModel(
            name="UnstatedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="commissions.commissionline",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="partners.partner"
                    ),
                ),
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
