"""Registrations whose opportunity is known are converted, and stay protected while that is open."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

PRODUCTS = """
UPDATE deals_dealregistration registration SET product_key = held.product_key
FROM deals_protection held
WHERE held.registration_id = registration.id AND held.product_key <> '' AND registration.product_key = ''
"""

STATES = "UPDATE deals_dealregistration SET state = 'converted' WHERE state = 'approved' AND opportunity_id IS NOT NULL"

PROTECTIONS = """
UPDATE deals_protection held SET protected_until = NULL
FROM deals_dealregistration registration
WHERE held.registration_id = registration.id AND registration.state = 'converted' AND held.released_at IS NULL
"""


class Migration(migrations.Migration):
    """Backfill; a registration without steps is approved by one decision, as it was when it was made."""

    dependencies: ClassVar = [("deals", "0009_handling")]
    operations: ClassVar = [
        migrations.RunSQL(PRODUCTS, migrations.RunSQL.noop),
        migrations.RunSQL(STATES, migrations.RunSQL.noop),
        migrations.RunSQL(PROTECTIONS, migrations.RunSQL.noop),
    ]
