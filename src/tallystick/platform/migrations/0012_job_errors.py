"""What went wrong with background jobs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("platform", "0011_inbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="JobError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job_id", models.BigIntegerField(help_text="As the queue numbers it.")),
                ("attempt", models.PositiveIntegerField()),
                ("words", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "job_id", "-at"], name="job_errors_of_a_job")],
            },
        ),
    ]
