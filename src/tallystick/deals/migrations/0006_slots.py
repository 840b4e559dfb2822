"""A claim to a whole account and one to a product of it are never protected side by side."""

from django.db import migrations

from tallystick.deals.models.slots import DROP_SLOTS, MAKE_SLOTS, no_overlap


class Migration(migrations.Migration):
    """Expand: the type of slots, and the constraint that none overlap."""

    dependencies = [("deals", "0005_engagement")]

    operations = [
        migrations.RunSQL(list(MAKE_SLOTS), list(DROP_SLOTS)),
        migrations.AddConstraint(
            model_name="protection",
            constraint=no_overlap("whole_account_and_product_are_never_protected_side_by_side"),
        ),
    ]
