"""Accounts, opportunities and invoices can be searched by the words in their names and numbers."""

from django.db import migrations

from tallystick.platform.database.search import word_index


class Migration(migrations.Migration):
    """Expand: indexes over words, and the functions that look into them."""

    dependencies = [("crm", "0002_stage_totals")]

    operations = [
        migrations.RunSQL(*word_index("crm_account", "name")),
        migrations.RunSQL(*word_index("crm_opportunity", "name")),
        migrations.RunSQL(*word_index("crm_invoice", "number")),
    ]
