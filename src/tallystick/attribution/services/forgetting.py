"""Takes back what was derived from an import that is being undone."""

from __future__ import annotations

from tallystick.attribution.models import Credit, Decision, PendingOpportunity


def forget_import(import_id: int) -> None:
    """Remove decisions, credits and marks of the opportunities an import added, before they go themselves.

    Runs in the transaction of the undoing. Nothing may rest on these decisions any more.
    """
    Credit.objects.filter(opportunity__added_by_import_id=import_id).delete()
    Decision.objects.filter(opportunity__added_by_import_id=import_id).delete()
    PendingOpportunity.objects.filter(opportunity__added_by_import_id=import_id).delete()
