"""Takes back what was decided about facts that an undone import takes away."""

from __future__ import annotations

from django.db import transaction

from tallystick.attribution.models import Credit, Decision, PendingOpportunity
from tallystick.crm.models import Opportunity


@transaction.atomic
def forget_import(import_id: int) -> int:
    """Remove the decisions, credits and marks of opportunities that an import brought, before they go. Returns how many.

    Opportunities it only changed keep their decisions and are decided again from the facts as they were.
    """
    brought = Opportunity.objects.filter(added_by_import_id=import_id).values("pk")
    PendingOpportunity.objects.filter(opportunity_id__in=brought).delete()
    Credit.objects.filter(opportunity_id__in=brought).delete()
    return Decision.objects.filter(opportunity_id__in=brought).delete()[0]
