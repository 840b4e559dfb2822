"""How the CRM shows the deals: opportunities as they stand on the anchor day, and the stages they went through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from tallystick.demo.cast import data
from tallystick.demo.chance import Chance
from tallystick.demo.facts import Opportunity, StageChange
from tallystick.demo.pipeline import DIRECT, NEW, RENEWAL, SOURCED, Deal

# Stage and the part of the way to the close at which it is entered, in per cent.
STAGES = (("Qualification", 0), ("Discovery", 18), ("Demo", 40), ("Proposal", 62), ("Negotiation", 82))
CLOSED = {True: ("Closed Won", "won"), False: ("Closed Lost", "lost")}


def make_opportunities(deals: Sequence[Deal], *, anchor: date) -> tuple[Opportunity, ...]:
    """Return one opportunity per deal; those that close after the anchor day are still open."""
    return tuple(_opportunity(deal, anchor) for deal in deals)


def make_stage_changes(deals: Sequence[Deal], *, anchor: date) -> tuple[StageChange, ...]:
    """Return every stage each deal has entered by the anchor day."""
    return tuple(
        StageChange(
            key=f"{deal.key}-{number}",
            seen_on=entered_on,
            opportunity=deal.key,
            stage=stage,
            status=status,
            entered_on=entered_on,
        )
        for deal in deals
        for number, (stage, status, entered_on) in enumerate(_way(deal, anchor), start=1)
    )


def _way(deal: Deal, anchor: date) -> Iterator[tuple[str, str, date]]:
    last_stage = len(STAGES) if deal.won else Chance("given up", deal.key).between(1, len(STAGES))
    days = (deal.closes_on - deal.opened_on).days
    for stage, percent in STAGES[:last_stage]:
        entered_on = deal.opened_on + timedelta(days=days * percent // 100)
        if entered_on <= anchor:
            yield stage, "open", entered_on
    if deal.closes_on <= anchor:
        yield *CLOSED[deal.won], deal.closes_on


def _opportunity(deal: Deal, anchor: date) -> Opportunity:
    stage, status, entered_on = list(_way(deal, anchor))[-1]
    market, chance = data("market"), Chance("opportunity", deal.key)
    product = next(name for key, name, *_ in market["products"] if key == deal.product)
    return Opportunity(
        key=deal.key,
        seen_on=deal.opened_on,
        changed_on=entered_on if entered_on > deal.opened_on else None,
        account=deal.account.key,
        account_named=deal.account.key,
        product=deal.product,
        product_named=deal.product,
        name=f"{deal.account.name}: {product}" + (f", {deal.kind}" if deal.kind != NEW else ""),
        stage=stage,
        status=status,
        kind=deal.kind,
        amount_minor=deal.amount_minor,
        currency=deal.currency,
        term_months=deal.term_months,
        opened_on=deal.opened_on,
        close_on=deal.closes_on,
        owner_name=deal.account.owner_name,
        lead_source=_lead_source(deal, chance),
        next_step=chance.pick(market["next_steps"]) if status == "open" else "",
        partner_named=deal.partner.name if deal.partner and chance.percent(55) else "",
    )


def _lead_source(deal: Deal, chance: Chance) -> str:
    if deal.kind == RENEWAL:
        return "Renewal"
    if deal.credit == SOURCED:
        return "Partner referral"
    weights = {"Outbound": 34, "Inbound": 30, "Event": 18, "Webinar": 18}
    return chance.weighted(weights if deal.credit == DIRECT else {**weights, "Partner referral": 20})
