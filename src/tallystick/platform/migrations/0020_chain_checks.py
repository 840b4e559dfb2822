"""What each walk along the whole chain of the activity stream found."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand."""

    dependencies = [("platform", "0019_slow_receivers")]

    operations = [
        migrations.CreateModel(
            name="ChainCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checked_at", models.DateTimeField()),
                ("checked_by_label", models.CharField(max_length=120)),
                ("entries", models.BigIntegerField()),
                ("last_hash", models.CharField(blank=True, max_length=64)),
                (
                    "broken_at",
                    models.BigIntegerField(help_text="The first position that did not fit, if any.", null=True),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "-id"], name="chain_checks_latest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("broken_at__isnull", False), ("reason", ""), _connector="OR"),
                        name="broken_chain_says_where",
                    )
                ],
            },
        ),
    ]
