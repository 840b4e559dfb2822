"""The board of deals: a column a stage with its sum and its first cards. For looking: stages belong to the CRM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from tallystick.attribution.deal_list import REGISTERED, Deal, DealOrder, DealSort, deal_keys, read_deals
from tallystick.crm.models import OpportunityStatus
from tallystick.web.console.deal_changes import decides
from tallystick.web.console.deal_stages import stage_label
from tallystick.web.console.deals import (
    account_of,
    amount_of,
    deal_note,
    deal_partner,
    deal_url,
    waits_for_decision,
)
from tallystick.web.listing import changed
from tallystick.web.words import day_near

if TYPE_CHECKING:
    from tallystick.web.console.deal_list import DealList

CARDS: Final = 6
"""How many deals a column shows before it leads to the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One deal on the board; `approve_url` and `decline_url` are set where it waits and the viewer may decide."""

    url: str
    account: str
    note: str
    amount: str
    partner_name: str
    partner_type: str
    close: str
    waits: bool
    approve_url: str
    decline_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """One stage with its first deals, and the way to all of them in the list."""

    stage: str
    note: str
    is_ours: bool
    """Registrations are ours to decide; every other stage is the CRM's."""
    cards: tuple[Card, ...]
    more_url: str
    more: str


def board_of(listed: DealList) -> list[BoardColumn]:
    """Return the stages that are not lost, each with its largest deals. One query a stage, and those of the cards."""
    shown = [row for row in listed.sums if row.status != OpportunityStatus.LOST]
    order = DealOrder(by=DealSort.OPENED, descending=True)
    keys = {row.stage: deal_keys(listed.narrowed(stage=row.stage), order=order, on=listed.on)[:CARDS] for row in shown}
    deals = iter(read_deals([key for row in shown for key in keys[row.stage]]))
    return [
        BoardColumn(
            stage=stage_label(row.stage),
            note=listed.sum_in_words(row),
            is_ours=row.stage == REGISTERED,
            cards=tuple(_card(listed, next(deals)) for _key in keys[row.stage]),
            more_url=changed(listed.parameters, layout=None, stage=row.stage),
            more=_("Show all in the list") if row.count is None or row.count > CARDS else "",
        )
        for row in shown
    ]


def _card(listed: DealList, deal: Deal) -> Card:
    brought_by, _more = deal_partner(deal)
    addresses = decides(listed.viewer, deal, listed.back_url)
    return Card(
        url=deal_url(deal),
        account=account_of(deal),
        note=deal_note(deal, listed.on),
        amount=amount_of(deal),
        partner_name=brought_by.name if brought_by else "",
        partner_type=brought_by.type if brought_by else "",
        close=day_near(deal.opportunity.close_on, listed.on) if deal.opportunity else "",
        waits=waits_for_decision(deal),
        approve_url=addresses.get("a", ""),
        decline_url=addresses.get("r", ""),
    )
