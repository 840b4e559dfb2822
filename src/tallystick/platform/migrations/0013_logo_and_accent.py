"""The workspace says what it wears; its logo stands apart."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("platform", "0012_job_errors"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="accent",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The vendor's colour as chosen, #rrggbb; empty for ours.",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="workspace",
            name="logo_digest",
            field=models.CharField(
                blank=True, default="", help_text="Names the logo in its address; empty for ours.", max_length=16
            ),
        ),
        migrations.RemoveConstraint(model_name="workspacebrand", name="one_brand_a_workspace"),
        migrations.RenameModel(old_name="WorkspaceBrand", new_name="WorkspaceLogo"),
        migrations.RemoveField(model_name="workspacelogo", name="accent"),
        migrations.RemoveField(model_name="workspacelogo", name="accent_light"),
        migrations.RemoveField(model_name="workspacelogo", name="accent_dark"),
        migrations.RemoveField(model_name="workspacelogo", name="logo"),
        migrations.RenameField(model_name="workspacelogo", old_name="logo_digest", new_name="digest"),
        migrations.AlterField(
            model_name="workspacelogo",
            name="digest",
            field=models.CharField(max_length=16),
        ),
        migrations.AddField(
            model_name="workspacelogo",
            name="content",
            field=models.BinaryField(default=b""),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="workspacelogo",
            constraint=models.UniqueConstraint(fields=["workspace"], name="one_logo_a_workspace"),
        ),
    ]
