"""A figure week by week, for the curve beside it."""

from __future__ import annotations

from django.db.models import Sum
from django.db.models.functions import TruncWeek

from tallystick.crm.queries.rates import day_rates
from tallystick.insights.catalogue import BY_ID, Asked
from tallystick.insights.rules.spans import Span, last_complete_week
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


def weekly_sums(metric_id: str, *, weeks: int, on: Span) -> tuple[int, ...]:
    """Return a money figure of each of the last complete weeks before the span's end, oldest first, nil included."""
    last = last_complete_week(on.last_day)
    mondays = [last.plus(-back).first_day for back in range(weeks - 1, -1, -1)]
    workspace = Workspace.objects.get(pk=current_workspace_id())
    asked = Asked(Span(mondays[0], last.last_day), workspace.currency, day_rates(on.last_day))
    rows = BY_ID[metric_id].rows(asked).annotate(monday=TruncWeek("on")).values_list("monday").annotate(sum=Sum("part"))
    sums = dict(rows.order_by("monday"))
    return tuple(int(sums.get(monday, 0)) for monday in mondays)
