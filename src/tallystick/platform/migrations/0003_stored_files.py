"""Files that people upload."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("platform", "0002_person_language"),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('partner_id', models.BigIntegerField(help_text='The partner who may read the file, if any.', null=True)),
                ('purpose', models.CharField(choices=[('logo', 'Logo'), ('deal_message', 'Attachment of a message'), ('partner_file', 'File of a partner')], max_length=20)),
                ('name', models.CharField(help_text='As uploaded, without path and control characters.', max_length=120)),
                ('media_type', models.CharField(help_text='Told by the content.', max_length=100)),
                ('size', models.BigIntegerField(help_text='In bytes.')),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_at', models.DateTimeField()),
                ('uploaded_by_label', models.CharField(max_length=120)),
                ('removed_at', models.DateTimeField(null=True)),
                ('removed_by_label', models.CharField(blank=True, max_length=120)),
                ('removal_reason', models.TextField(blank=True)),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='platform.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['workspace', 'partner_id', 'purpose', '-uploaded_at'], name='stored_files_of_a_partner')],
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='stored_file_is_not_empty'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='stored_file_has_a_digest')],
            },
        ),
    ]
