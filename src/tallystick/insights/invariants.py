"""What must hold of kept sums at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q, Sum

from tallystick.crm.models import Opportunity, StageTotal
from tallystick.crm.queries.rates import day_rates
from tallystick.insights.day_sums import DaySums, measured_deals
from tallystick.insights.models import DayMeasure, DaySum
from tallystick.platform.clock import today
from tallystick.platform.invariants import invariant
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


@invariant(id="S1", sentence="The totals of stages are the counts and sums of the opportunities that stand in them.")
def stage_totals_are_sums() -> Iterator[str]:
    """Yield stages whose kept parts do not add up to their opportunities."""
    key = ("stage", "status", "currency")
    kept = {
        row[:3]: tuple(int(figure) for figure in row[3:])
        for row in StageTotal.objects.values_list(*key)
        .annotate(a=Sum("deals"), b=Sum("without_account"), c=Sum("amount_minor"))
        .order_by(*key)
    }
    real = {
        row[:3]: tuple(int(figure or 0) for figure in row[3:])
        for row in Opportunity.objects.values_list(*key)
        .annotate(a=Count("pk"), b=Count("pk", filter=Q(account__isnull=True)), c=Sum("amount_minor"))
        .order_by(*key)
    }
    for stage in sorted(kept.keys() | real.keys()):
        if kept.get(stage, (0, 0, 0)) != real.get(stage, (0, 0, 0)):
            yield f"The total of {' '.join(stage)} is kept as {kept.get(stage)} and is {real.get(stage)}."


@invariant(id="S2", sentence="The kept sum of a day that is not marked as changed is the sum of its deals.")
def day_sums_are_sums() -> Iterator[str]:
    """Yield days whose kept sums differ from their deals; where none are kept at today's rates there is no such day."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    rates = day_rates(today(workspace.time_zone))
    kept_sums = DaySums(workspace.currency, rates)
    if kept_sums.changed is None:
        return
    changed = set(kept_sums.changed)
    for measure, of_partners in ((DayMeasure.OPENED, False), (DayMeasure.CLOSED, True), (DayMeasure.INFLUENCED, True)):
        deals = measured_deals(measure, currency=workspace.currency, rates=rates, of_partners=of_partners)
        real = dict(
            deals.filter(day__isnull=False).order_by().values_list("day").annotate(total=Sum("amount")).order_by("day")
        )
        rows = DaySum.objects.filter(measure=measure, partner_id__isnull=not of_partners)
        kept = dict(rows.order_by().values_list("day").annotate(total=Sum("amount_minor")).order_by("day"))
        for day in sorted((real.keys() | kept.keys()) - changed):
            if int(real.get(day) or 0) != int(kept.get(day) or 0):
                yield f"Deals {measure.value} on {day} come to {real.get(day)} and are kept as {kept.get(day)}."
