"""The whole made-up world on an anchor day: a pure function of that day and hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from tallystick.demo.billing import Books, keep_books
from tallystick.demo.cast import PartnerPlan, partner_plans
from tallystick.demo.claims import Claim, make_claims
from tallystick.demo.companies import FIRST_LIST_DAYS, make_accounts, make_contacts, make_products
from tallystick.demo.days import LONDON
from tallystick.demo.evidence import make_sales_activities, make_touches
from tallystick.demo.facts import (
    Account,
    Contact,
    ExchangeRate,
    Opportunity,
    Product,
    SalesActivity,
    StageChange,
    Touch,
)
from tallystick.demo.opportunities import make_opportunities, make_stage_changes
from tallystick.demo.pipeline import Deal, run_pipeline
from tallystick.demo.rates import make_exchange_rates
from tallystick.demo.story import (
    conflicting_opportunity,
    late_witnesses,
    name_partners_without_evidence,
    opportunities_without_account,
    recent_refund,
    waiting_claims,
    without_term,
)
from tallystick.kernel.canonical import canonical_json, sha256_hex

SPARE_ACCOUNTS = 30
"""Companies no deal was opened with; registrations that led nowhere are about them."""

TERM_MATTERS_TO = ("system_integrator",)
"""Partner types whose plan asks for the contract term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the outside systems and the partners did until `now`; facts in the order they became known."""

    now: datetime
    partners: tuple[PartnerPlan, ...]
    accounts: tuple[Account, ...]
    contacts: tuple[Contact, ...]
    products: tuple[Product, ...]
    exchange_rates: tuple[ExchangeRate, ...]
    opportunities: tuple[Opportunity, ...]
    stage_changes: tuple[StageChange, ...]
    sales_activities: tuple[SalesActivity, ...]
    touches: tuple[Touch, ...]
    claims: tuple[Claim, ...]
    books: Books

    @property
    def anchor(self) -> date:
        """Return the anchor day, in the workspace's time zone."""
        return self.now.astimezone(LONDON).date()

    def digest(self) -> str:
        """Return SHA-256 over the canonical JSON of everything: equal worlds, equal digests, on any machine."""
        return sha256_hex(canonical_json(_plain(asdict(self))))


def build_world(*, now: datetime) -> World:
    """Make up the three years before `now`, an aware instant."""
    anchor = now.astimezone(LONDON).date()
    partners = partner_plans(anchor)
    accounts = make_accounts(anchor)
    spare = accounts[-SPARE_ACCOUNTS:]
    waiting = waiting_claims(now=now, accounts=accounts, partners=partners)
    told = (*opportunities_without_account(anchor=anchor), conflicting_opportunity(waiting, accounts))
    taken = {claim.company for claim in waiting}
    market = [account for account in accounts[:-SPARE_ACCOUNTS] if account.name not in taken]
    deals = run_pipeline(anchor=anchor, accounts=market, partners=partners, told=told)
    books = keep_books(deals, anchor=anchor)
    books.refunds.append(recent_refund(books, deals, anchor=anchor))
    claims = make_claims(anchor=anchor, deals=deals, spare=spare, partners=partners)
    return World(
        now=now,
        partners=partners,
        accounts=accounts,
        contacts=make_contacts(accounts),
        products=make_products(anchor),
        exchange_rates=make_exchange_rates(first_day=anchor - timedelta(days=FIRST_LIST_DAYS), anchor=anchor),
        opportunities=(*_opportunities(deals, books, partners, anchor), *told),
        stage_changes=make_stage_changes(deals, anchor=anchor),
        sales_activities=make_sales_activities(deals, anchor=anchor),
        touches=(
            *make_touches(deals, anchor=anchor, partners=partners),
            *late_witnesses(deals, anchor=anchor, partners=partners),
        ),
        claims=(*claims, *waiting),
        books=books,
    )


def _opportunities(
    deals: Sequence[Deal], books: Books, partners: Sequence[PartnerPlan], anchor: date
) -> tuple[Opportunity, ...]:
    drawn = make_opportunities(deals, anchor=anchor)
    drawn = name_partners_without_evidence(drawn, deals, anchor=anchor, partners=partners)
    return without_term(drawn, books, deals, types=TERM_MATTERS_TO)


def _plain(value: object) -> object:
    """Return the value as JSON knows it: days and instants in ISO form, enums as their values."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
