from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0021_form_drafts'),
    ]

    operations = [
        migrations.AddField(
            model_name='registrationfile',
            name='side',
            field=models.CharField(choices=[('vendor', 'Vendor'), ('partner', 'Partner')], default='partner', max_length=7),
        ),
    ]
