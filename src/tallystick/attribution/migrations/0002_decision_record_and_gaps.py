"""Keep a decision's record instead of its sentences, and its gaps where they can be found by index."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand: a renamed column and a new one with a default."""

    dependencies = [("attribution", "0001_initial")]

    operations = [
        migrations.RenameField(model_name="decision", old_name="explanation", new_name="record"),
        migrations.AlterField(
            model_name="decision",
            name="record",
            field=models.JSONField(help_text="Facts and verdicts; sentences are made from it when somebody reads."),
        ),
        migrations.AlterField(
            model_name="decision",
            name="content_hash",
            field=models.CharField(help_text="SHA-256 of the policy and the record.", max_length=64),
        ),
        migrations.AddField(
            model_name="decision",
            name="gaps",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=24),
                db_default=[],
                default=list,
                help_text="Why a person should look at it.",
                size=None,
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("is_current", True), models.Q(("gaps", []), _negated=True)),
                fields=["workspace"],
                name="current_decisions_with_gaps",
            ),
        ),
    ]
