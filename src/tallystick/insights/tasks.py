"""Background jobs that keep sums short and up to date."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app

from tallystick.commissions.services.line_totals import fold_line_totals
from tallystick.crm.services.stage_totals import fold_stage_totals
from tallystick.insights.folding import fold_day_sums
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

FOLD = "insights.fold_sums"


@app.periodic(cron="* * * * *")
@app.task(name=FOLD, queueing_lock=FOLD)
def fold_sums(timestamp: int) -> None:  # noqa: ARG001 - the queue gives when it was due; what changed is read now
    """Fold the totals of stages, and add up the days whose deals changed, in every workspace."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id), transaction.atomic():
            fold_stage_totals()
            fold_line_totals()
            fold_day_sums()
