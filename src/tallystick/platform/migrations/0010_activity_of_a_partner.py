"""What happened lately to a partner stands in an index of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand: an index."""

    dependencies = [("platform", "0009_activity_search")]

    operations = [
        migrations.AddIndex(
            model_name="activityentry",
            index=models.Index(
                condition=models.Q(("partner_id__isnull", False)),
                fields=["workspace", "partner_id", "position"],
                name="activity_of_a_partner",
            ),
        ),
    ]
