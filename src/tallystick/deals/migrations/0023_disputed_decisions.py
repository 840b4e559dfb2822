"""A decision that is disputed is no work of our own team: it stood among the claims as if it were a meeting."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0022_side_of_a_file'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='conflictclaim',
            name='a_claim_is_a_partners_or_our_own',
        ),
        migrations.AlterField(
            model_name='conflictclaim',
            name='kind',
            field=models.CharField(choices=[('registration', 'Registration'), ('evidence', 'Evidence'), ('direct', 'Our own team'), ('decision', 'Our own decision')], max_length=12),
        ),
        migrations.RunSQL(
            "UPDATE deals_conflictclaim SET kind = 'decision', grounds = '' WHERE kind = 'direct' AND grounds = 'decision'",
            "UPDATE deals_conflictclaim SET kind = 'direct', grounds = 'decision' WHERE kind = 'decision'",
        ),
        migrations.AddConstraint(
            model_name='conflictclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['direct', 'decision']), ('partner__isnull', True)), models.Q(models.Q(('kind__in', ['direct', 'decision']), _negated=True), ('partner__isnull', False)), _connector='OR'), name='a_claim_is_a_partners_or_our_own'),
        ),
    ]
