"""Drafts of registrations become drafts of forms: a lead has them too, on either side."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("deals", "0020_receipts_of_leads"),
        ("partners", "0001_initial"),
        ("platform", "0019_slow_receivers"),
    ]

    operations = [
        migrations.RemoveConstraint("registrationdraft", "one_draft_a_person_follows_the_typing"),
        migrations.RemoveIndex("registrationdraft", "drafts_of_a_person"),
        migrations.RenameModel("RegistrationDraft", "FormDraft"),
        migrations.AddField(
            "formdraft",
            "subject",
            models.CharField(default="registration", help_text="Which form it was typed into.", max_length=12),
        ),
        migrations.AlterField(
            "formdraft",
            "partner",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="partners.partner"
            ),
        ),
        migrations.AddConstraint(
            "formdraft",
            models.UniqueConstraint(
                condition=models.Q(("is_saved", False)),
                fields=("workspace", "partner", "person", "subject"),
                name="one_draft_a_form_follows_the_typing_of_a_person",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            "formdraft",
            models.CheckConstraint(
                condition=models.Q(("subject__in", ["registration", "lead"])), name="form_draft_is_of_a_known_form"
            ),
        ),
        migrations.AddIndex(
            "formdraft",
            models.Index(fields=["workspace", "partner", "person", "-changed_at"], name="drafts_of_a_person"),
        ),
    ]
