from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0005_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='url',
            field=models.CharField(blank=True, max_length=250),
        ),
    ]
