"""The stages of deals: in the order they are passed, as a strip of figures, and in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict
from django.utils.translation import gettext as _

from tallystick.attribution.deal_list import REGISTERED, StageSum
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import DayRates
from tallystick.crm.rules.stage_order import stage_place
from tallystick.web.listing import Asked, changed
from tallystick.web.ui import formats
from tallystick.web.ui.components import StageFigure


def ordered_stages(sums: Sequence[StageSum]) -> list[StageSum]:
    """Return the stages as deals pass through them: registered, open ones in their usual order, won, lost."""
    ends = {"": 0, OpportunityStatus.OPEN: 1, OpportunityStatus.WON: 2, OpportunityStatus.LOST: 3}
    return sorted(sums, key=lambda row: (ends[row.status], stage_place(row.stage)))


def stage_label(stage: str) -> str:
    """Return the words for a stage; those of the CRM are shown as they stand there."""
    return _("Registered") if stage == REGISTERED else stage


def stage_strip(
    sums: Sequence[StageSum], parameters: QueryDict, asked: Asked, rates: DayRates, currency: str
) -> list[StageFigure]:
    """Return the stages that are not lost as figures, each a filter; the chosen one leads back to all."""
    shown = [row for row in sums if row.status != OpportunityStatus.LOST]
    totals = [rates.together(row.amounts, currency) for row in shown]
    still_open = (total for row, total in zip(shown, totals, strict=True) if row.status != OpportunityStatus.WON)
    fullest = max((total.minor for total in still_open), default=0)
    chosen = asked.get("stage")
    return [
        StageFigure(
            label=stage_label(row.stage),
            url=changed(parameters, stage=None if row.stage == chosen else row.stage),
            count=row.count,
            amount=formats.money_short(total.minor, total.currency) if row.count is not None else "",
            percent=min(100, 100 * total.minor // fullest) if fullest else 0,
            current=row.stage == chosen,
        )
        for row, total in zip(shown, totals, strict=True)
    ]


def open_in_words(sums: Sequence[StageSum], rates: DayRates, currency: str) -> str:
    """Say how many deals are open, and what they come to; "" where they are too many to add up."""
    if any(row.count is None for row in sums):
        return ""
    still_open = [row for row in sums if row.status in {"", OpportunityStatus.OPEN}]
    total = rates.together((amount for row in still_open for amount in row.amounts), currency)
    count = formats.number(sum(row.count or 0 for row in still_open))
    return _("%(count)s open, %(amount)s together in %(currency)s at today's rates") % {
        "count": count,
        "amount": formats.money_short(total.minor, currency),
        "currency": currency,
    }
