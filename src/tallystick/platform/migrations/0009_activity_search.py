"""The activity stream can be narrowed by verb and searched by the words of what happened and of who did it."""

from django.db import migrations, models

from tallystick.platform.database.search import word_index


class Migration(migrations.Migration):
    """Expand: an index a filter, an index over words, and the function that looks into it."""

    dependencies = [("platform", "0008_saved_views")]

    operations = [
        migrations.AddIndex(
            model_name="activityentry",
            index=models.Index(fields=["workspace", "verb", "position"], name="activity_by_verb"),
        ),
        migrations.RunSQL(*word_index("platform_activityentry", "summary", "actor_label")),
    ]
