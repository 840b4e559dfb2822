"""Current decisions stand in an index in the order of their list, as a whole and a class at a time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand: two indexes; contract: one that the second makes needless."""

    dependencies = [("attribution", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("is_current", True)), fields=["workspace", "id"], name="current_decisions_latest"
            ),
        ),
        migrations.RemoveIndex(model_name="decision", name="current_decisions_by_class"),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("is_current", True)),
                fields=["workspace", "credit_class", "id"],
                name="current_decisions_of_a_class",
            ),
        ),
    ]
