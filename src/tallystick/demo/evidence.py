"""What shows who brought a deal: the partners' touches and the meetings of the vendor's own team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

from tallystick.demo.cast import PartnerPlan
from tallystick.demo.chance import Chance
from tallystick.demo.facts import SalesActivity, Touch
from tallystick.demo.origins import REGISTRATION
from tallystick.demo.pipeline import DIRECT, INFLUENCED, SOURCED, Deal

HELP_BEFORE_DAYS = 12

SOURCES = {
    "lead_accepted": "salesforce",
    "tracked_referral": "referral-links",
    "introduction_accepted": "partner-log",
    "co_sell_meeting": "salesforce",
    "demo": "salesforce",
    "implementation_scoped": "partner-log",
    "co_marketing_response": "webinars",
}
PROOFS = {
    "lead_accepted": "Lead handed over by {partner}, accepted by {owner}",
    "tracked_referral": "Demo request through the referral link of {partner}",
    "introduction_accepted": "E-mail introduction by {partner} to {owner}",
    "co_sell_meeting": "Joint meeting of {partner} and {owner} at {account}",
    "demo": "Proof of concept run by {partner}",
    "implementation_scoped": "Scope of work by {partner} for {account}",
    "co_marketing_response": "{account} took part in a webinar with {partner}",
}


def make_touches(deals: Sequence[Deal], *, anchor: date, partners: Sequence[PartnerPlan]) -> tuple[Touch, ...]:
    """Return all touches but the approved registrations, which come from the deal desk itself."""
    touches = chain.from_iterable(_touches(deal, anchor, partners) for deal in deals)
    return tuple(replace(touch, learned_on=min(touch.learned_on, anchor)) for touch in touches)


def make_sales_activities(deals: Sequence[Deal], *, anchor: date) -> tuple[SalesActivity, ...]:
    """Return the meetings, calls and mails of the vendor's own team; only meetings are direct evidence."""
    made = []
    for deal in deals:
        chance = Chance("activities", deal.key)
        entries = [("meeting", day, "Meeting with the project team") for day in deal.meetings]
        days = (min(deal.closes_on, anchor) - deal.opened_on).days
        for _ in range(chance.between(0, 2)):
            kind, note = chance.pick((("call", "Call on next steps"), ("email", "Answered questions on the proposal")))
            entries.append((kind, deal.opened_on + timedelta(days=chance.between(0, max(days, 0))), note))
        made += [
            SalesActivity(
                key=f"00U{deal.key[3:]}{number}",
                seen_on=day,
                account=deal.account.key,
                opportunity=deal.key if day >= deal.opened_on else None,
                kind=kind,
                happened_on=day,
                owner_name=deal.account.owner_name,
                note=note,
            )
            for number, (kind, day, note) in enumerate(entries)
            if day <= anchor
        ]
    return tuple(made)


def _touches(deal: Deal, anchor: date, partners: Sequence[PartnerPlan]) -> Iterator[Touch]:
    chance = Chance("touches", deal.key)
    last_day = min(deal.closes_on, anchor)
    during = max((last_day - deal.opened_on).days, 0)
    if deal.partner and deal.credit == SOURCED:
        if deal.origin != REGISTRATION:
            yield _touch(deal, deal.partner, deal.origin, deal.opened_on - timedelta(days=chance.between(0, 24)))
        helpers = [plan for plan in partners if plan.helps and plan != deal.partner and plan.works_on(deal.opened_on)]
        if helpers and chance.percent(16):
            helper = chance.weighted({plan: plan.helps for plan in helpers})
            yield _touch(deal, helper, "demo", deal.opened_on + timedelta(days=chance.between(0, during)))
    elif deal.partner and deal.credit == INFLUENCED:
        kinds = chance.pick(_ways_to_help(deal.partner))
        stretch = (HELP_BEFORE_DAYS + during) // len(kinds)
        for turn, kind in enumerate(kinds):
            days = chance.between(turn * stretch, (turn + 1) * stretch - 1) - HELP_BEFORE_DAYS
            yield _touch(deal, deal.partner, kind, deal.opened_on + timedelta(days=days))
    elif deal.credit == DIRECT and chance.percent(6):
        working = [plan for plan in partners if plan.works_on(deal.opened_on)]
        if working:
            day = deal.opened_on + timedelta(days=chance.between(0, during))
            yield _touch(deal, chance.pick(working), "co_marketing_response", day)


def _ways_to_help(partner: PartnerPlan) -> tuple[tuple[str, ...], ...]:
    """Return the sets of touches that reach the policy's threshold of influence, by type of partner."""
    if partner.type in ("system_integrator", "consultant", "msp"):
        return ("implementation_scoped",), ("co_sell_meeting", "co_sell_meeting"), ("implementation_scoped", "demo")
    return ("demo",), ("co_sell_meeting", "co_sell_meeting"), ("demo", "co_marketing_response")


def _touch(deal: Deal, partner: PartnerPlan, kind: str, day: date) -> Touch:
    chance = Chance("touch", deal.key, partner.name, kind, (day - deal.opened_on).days)
    return Touch(
        key=f"{deal.key}-{kind}-{chance.below(1_000_000):06d}",
        seen_on=day,
        partner=partner.name,
        account=deal.account.key,
        opportunity=deal.key,
        kind=kind,
        happened_on=day,
        learned_on=day + timedelta(days=chance.between(0, 3)),
        source=SOURCES[kind],
        proof=PROOFS[kind].format(partner=partner.name, owner=deal.account.owner_name, account=deal.account.name),
    )
