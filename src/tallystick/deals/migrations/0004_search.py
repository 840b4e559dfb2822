"""Registrations can be searched by the words of their company and their reference."""

from django.db import migrations

from tallystick.platform.database.search import word_index


class Migration(migrations.Migration):
    """Expand: an index over words, and the function that looks into it."""

    dependencies = [("deals", "0003_conversations")]

    operations = [migrations.RunSQL(*word_index("deals_dealregistration", "company", "reference"))]
