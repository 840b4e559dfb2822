"""What the partner of a lead was told of the company is kept with its checks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand; leads from before have both empty."""

    dependencies = [("deals", "0017_left_out")]

    operations = [
        migrations.AddField(
            model_name="leadassessment",
            name="disclosure",
            field=models.CharField(
                blank=True,
                choices=[
                    ("nothing", "Nothing"),
                    ("known", "That we know it already"),
                    ("contact", "Whom to talk to about it"),
                ],
                db_default="",
                default="",
                help_text="What its partner might learn of the company then; empty: before that was kept.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="leadassessment",
            name="told",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What its partner was told; empty: nothing.",
                max_length=400,
            ),
        ),
    ]
