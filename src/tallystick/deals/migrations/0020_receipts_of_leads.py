"""A lead is found by its receipt, as a registration is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand."""

    dependencies = [("deals", "0019_one_disclosure")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["receipt_hash"], name="leads_by_receipt"),
        ),
    ]
