"""Lines stand in an index for each order of their list, and statements can be searched by their number."""

from django.db import migrations, models

from tallystick.platform.database.search import word_index


class Migration(migrations.Migration):
    """Expand: indexes, and the function that looks into the one over words."""

    dependencies = [("commissions", "0003_statements_were_approved")]

    operations = [
        migrations.AddIndex(
            model_name="commissionline",
            index=models.Index(fields=["workspace", "amount_minor", "id"], name="commission_lines_by_amount"),
        ),
        migrations.AddIndex(
            model_name="commissionline",
            index=models.Index(fields=["workspace", "held_until"], name="commission_lines_by_hold"),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["workspace", "-month", "partner"], name="statements_latest_first"),
        ),
        migrations.RunSQL(*word_index("commissions_statement", "number")),
    ]
