"""The leads of the demo: introduced by partners, and passed to them, in every state; as calls of the services.

Companies are none of the CRM's, but for two that partners introduced before their deals were opened there: those deals
are credited to the same partners anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from tallystick.deals.models import Lead, LeadOffer, LeadOfferState
from tallystick.deals.services import leads
from tallystick.deals.services.leads import LEAD_ENTROPY, NewLead
from tallystick.demo.chronicle import Chronicle, Moment, as_actor, morning
from tallystick.demo.days import working_day
from tallystick.demo.facts import Touch
from tallystick.demo.world import World
from tallystick.flows.leads import accept_lead
from tallystick.platform.actors import SYSTEM, Actor
from tallystick.platform.tenancy import current_workspace_id, scope

RECENT_DAYS: Final = 150
SETTLED_DAYS: Final = 3
LOOK_BACK_DAYS: Final = 200
CONVERTED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Introduction:
    """A company a partner introduced some days ago, and how it went on: "" while it waits for an answer."""

    company: str
    country: str
    partner: str
    contact: str
    need: str
    days_ago: int
    end: str = ""
    reason: str = ""
    promises: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passed:
    """A lead of ours: how many partners declined or let it lapse before, and what became of it: "" while it is asked.

    `ends` are "declined" and "lapsed", one a partner, then what the next one did.
    """

    company: str
    country: str
    contact: str
    need: str
    hours_ago: int
    ends: tuple[str, ...] = ()
    wanted_type: str = ""
    reason: str = ""


INTRODUCTIONS: Final = (
    _Introduction(
        company="Wrenfield Biologics",
        country="GB",
        partner="Kite Partners",
        contact="Orla Keane",
        need="Replaces paper batch records in two clean rooms before an audit in spring.",
        days_ago=0,
        promises=True,
    ),
    _Introduction(
        company="Isarau Therapeutics",
        country="DE",
        partner="Corvid Consulting",
        contact="Jonas Feld",
        need="Wants a LIMS for stability studies; the budget is approved for next year.",
        days_ago=1,
    ),
    _Introduction(
        company="Castlegate Assays",
        country="GB",
        partner="Ferrous IT",
        contact="Nia Powell",
        need="Twelve analysts, samples tracked in spreadsheets.",
        days_ago=13,
        end="accepted",
        promises=True,
    ),
    _Introduction(
        company="Varde Genomics",
        country="DK",
        partner="Tessella North",
        contact="Mette Krogh",
        need="Sequencing core of a hospital; asks for chain of custody.",
        days_ago=31,
        end="qualified",
        promises=True,
    ),
    _Introduction(
        company="Oakmere Sciences",
        country="GB",
        partner="Greyfriars Advisory",
        contact="Paul Trent",
        need="Looks for a cheaper notebook.",
        days_ago=24,
        end="declined",
        reason="They need one licence. Our smallest contract is ten; point them to the free trial.",
    ),
)
PASSED: Final = (
    _Passed(
        company="Lindholm Pharma",
        country="SE",
        contact="Elin Dahl",
        need="Asked at a fair for somebody near Gothenburg who validates and trains.",
        hours_ago=3,
    ),
    _Passed(
        company="Tarn Diagnostics",
        country="GB",
        contact="Gareth Wynn",
        need="Forty users, two sites; wants a partner on site for the first month.",
        hours_ago=20,
        ends=("declined",),
        wanted_type="system_integrator",
    ),
    _Passed(
        company="Sablefen Labs",
        country="US",
        contact="Renee Ortiz",
        need="Contract laboratory; instruments from three vendors to connect.",
        hours_ago=9 * 24,
        ends=("accepted",),
    ),
    _Passed(
        company="Pellworm Proteomics",
        country="DE",
        contact="Silke Thoms",
        need="Spin-off of an institute; wants help to write the requirements.",
        hours_ago=20 * 24,
        ends=("lapsed", "qualified"),
        wanted_type="system_integrator",
    ),
    _Passed(
        company="Kestrel Bioanalytics",
        country="US",
        contact="Amy Sloane",
        need="Compares three products; the decision was due in the autumn.",
        hours_ago=40 * 24,
        ends=("ended",),
        reason="They stay with what they have until 2028. We keep in touch.",
    ),
)


class Leads:
    """The leads of a world, as moments of its chronicle."""

    def __init__(self, world: World, *, chronicle: Chronicle) -> None:
        self._world, self._chronicle = world, chronicle
        self._ids: dict[str, int] = {}

    def moments(self) -> Iterator[Moment]:
        """Give everything that happened to leads; what the CRM made of them follows from its exports."""
        for told in INTRODUCTIONS:
            yield from self._introduction(told)
        for ours in PASSED:
            yield from self._passed(ours)
        for touch in _introduced_deals(self._world):
            yield from self._introduced_deal(touch)

    # From partners

    def _introduction(self, told: _Introduction) -> Iterator[Moment]:
        at = self._world.now - timedelta(hours=5)
        if told.days_ago:
            at = morning(working_day(self._world.anchor - timedelta(days=told.days_ago)), minute=40)
        at = min(at, self._world.now - timedelta(hours=5))
        lead = NewLead(
            company=told.company,
            website=_website(told.company),
            country=told.country,
            contact_name=told.contact,
            contact_email=_address(told.contact, told.company),
            need=told.need,
            promises_introduction=told.promises,
        )
        yield Moment(at, partial(self._introduce, told.partner, lead))
        answered = morning(working_day(at.date() + timedelta(days=1)), minute=20)
        match told.end:
            case "declined":
                yield Moment(answered, partial(self._decline, told.company, told.reason))
            case "accepted" | "qualified":
                yield Moment(answered, partial(self._accept, told.company))
        if told.end == "qualified":
            yield Moment(answered + timedelta(days=7), partial(self._qualify, told.company, ""))

    def _introduce(self, partner: str, lead: NewLead, at: datetime) -> None:
        partner_id = self._chronicle.partners[partner].pk
        with scope(workspace_id=current_workspace_id(), partner_id=partner_id):
            taken = leads.introduce_lead(
                self._person_at(partner),
                partner_id=partner_id,
                lead=lead,
                form_key=lead.company,
                entropy=_entropy(lead.company),
                at=at,
            )
        self._ids[lead.company] = taken.lead.pk

    def _accept(self, company: str, at: datetime) -> None:
        accept_lead(self._chronicle.by("partner_manager"), lead_id=self._ids[company], at=at)

    def _decline(self, company: str, reason: str, at: datetime) -> None:
        leads.decline_lead(self._chronicle.by("partner_manager"), lead_id=self._ids[company], reason=reason, at=at)

    # To partners

    def _passed(self, told: _Passed) -> Iterator[Moment]:
        at = self._world.now - timedelta(hours=told.hours_ago)
        if told.hours_ago > 2 * 24:
            at = morning(working_day(at.date()))
        lead = NewLead(
            company=told.company,
            website=_website(told.company),
            country=told.country,
            contact_name=told.contact,
            contact_email=_address(told.contact, told.company),
            need=told.need,
            wanted_type=told.wanted_type,
        )
        yield Moment(at, partial(self._pass_on, lead))
        answered = at + timedelta(hours=4)
        for end in told.ends:
            match end:
                case "declined":
                    yield Moment(answered, partial(self._decline_offer, told.company))
                case "lapsed":
                    answered = morning(working_day(at.date() + timedelta(days=3)), minute=50)
                    yield Moment(answered, self._lapse)
                    answered += timedelta(hours=3)
                case _:
                    yield Moment(answered, partial(self._accept_offer, told.company))
            if end == "qualified":
                yield Moment(answered + timedelta(days=4), partial(self._qualify, told.company, "partner"))
            if end == "ended":
                yield Moment(answered + timedelta(days=9), partial(self._decline, told.company, told.reason))

    def _pass_on(self, lead: NewLead, at: datetime) -> None:
        manager = self._chronicle.by("partner_manager")
        made = leads.create_lead(manager, lead=lead, form_key=lead.company, entropy=_entropy(lead.company), at=at)
        leads.offer_lead(manager, lead_id=made.pk, at=at)
        self._ids[lead.company] = made.pk

    def _accept_offer(self, company: str, at: datetime) -> None:
        offer = self._offer(company)
        leads.accept_offer(self._person_at(offer.partner.name), offer_id=offer.pk, at=at)

    def _decline_offer(self, company: str, at: datetime) -> None:
        offer, reason = self._offer(company), "Our consultants are booked until the end of January."
        leads.decline_offer(self._person_at(offer.partner.name), offer_id=offer.pk, reason=reason, at=at)

    def _lapse(self, at: datetime) -> None:
        leads.lapse_offers(SYSTEM, at=at)

    def _offer(self, company: str) -> LeadOffer:
        rows = LeadOffer.objects.select_related("partner")
        return rows.get(lead_id=self._ids[company], state=LeadOfferState.OPEN)

    def _qualify(self, company: str, by: str, at: datetime) -> None:
        lead = Lead.objects.select_related("partner").get(pk=self._ids[company])
        own = lead.partner.name if lead.partner else ""
        actor = self._person_at(own) if by == "partner" else self._chronicle.by("partner_manager")
        leads.qualify_lead(actor, lead_id=lead.pk, at=at)

    # What became a deal of the CRM

    def _introduced_deal(self, touch: Touch) -> Iterator[Moment]:
        account = next(account for account in self._world.accounts if account.key == touch.account)
        at = morning(touch.happened_on, minute=45)
        lead = NewLead(
            company=account.name,
            website=account.domain,
            country=account.country,
            need="Asked us for a system we do not build ourselves.",
            promises_introduction=True,
        )
        yield Moment(at, partial(self._introduce, touch.partner, lead))
        yield Moment(at + timedelta(hours=2), partial(self._accept, account.name))

    def _person_at(self, partner: str) -> Actor:
        plan = next(plan for plan in self._world.partners if plan.name == partner)
        return as_actor(self._chronicle.people[plan.people[0].email])


def _introduced_deals(world: World) -> Sequence[Touch]:
    """Return accepted leads of the CRM that sourced the one deal their account has had of late, the latest first.

    Another touch of the same partner and day changes nothing there: every earlier deal of the account is closed.
    """
    earliest, latest = world.anchor - timedelta(days=RECENT_DAYS), world.anchor - timedelta(days=SETTLED_DAYS)
    found = [
        touch
        for touch in world.touches
        if touch.kind == "lead_accepted" and earliest <= touch.happened_on <= latest and _is_alone(touch, world)
    ]
    return sorted(found, key=lambda touch: (touch.happened_on, touch.key), reverse=True)[:CONVERTED]


def _is_alone(touch: Touch, world: World) -> bool:
    """Tell whether nothing else at the touch's account could be credited by it."""
    others = [deal for deal in world.opportunities if deal.account == touch.account and deal.key != touch.opportunity]
    before = touch.happened_on - timedelta(days=LOOK_BACK_DAYS)
    touches = [other for other in world.touches if other.account == touch.account and other is not touch]
    return all(deal.status != "open" and deal.close_on < touch.happened_on for deal in others) and all(
        other.happened_on < before for other in touches
    )


def _website(company: str) -> str:
    return f"{company.lower().replace(' ', '-')}.example"


def _address(contact: str, company: str) -> str:
    return f"{contact.lower().replace(' ', '.')}@{_website(company)}"


def _entropy(company: str) -> bytes:
    return hashlib.sha256(f"lead/{company}".encode()).digest()[:LEAD_ENTROPY]
