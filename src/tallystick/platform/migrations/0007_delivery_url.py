from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0006_people_preferences'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='url',
            field=models.CharField(blank=True, max_length=250),
        ),
    ]
