"""What the outside systems tell in the demo: one frozen record a fact, tied together by natural keys.

Fields are named after the columns they fill; a field named after a foreign key holds the other fact's `key`. Money is
in minor units. `seen_on` is the day the outside system first had the fact, `changed_on` the day it last changed it:
the import that follows brings it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of every fact: its id in the outside system, and when that system knew it."""

    key: str
    seen_on: date
    changed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Fact):
    """A company; `region` is the sales region, which the CRM does not carry."""

    name: str
    normalised_name: str
    website: str
    domain: str
    country: str
    industry: str
    owner_name: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Fact):
    """A person at an account."""

    account: str
    account_named: str
    name: str
    email: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Fact):
    """Something on the price list."""

    name: str
    normalised_name: str
    family: str
    list_price_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity(Fact):
    """A deal as it stands on the anchor day."""

    account: str | None
    account_named: str
    product: str
    product_named: str
    name: str
    stage: str
    status: str
    kind: str
    amount_minor: int
    currency: str
    term_months: int | None
    opened_on: date
    close_on: date
    owner_name: str
    lead_source: str
    next_step: str
    partner_named: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange(Fact):
    """An opportunity entered a stage."""

    opportunity: str
    stage: str
    status: str
    entered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesActivity(Fact):
    """Something the vendor's own team did for an account."""

    account: str
    opportunity: str | None
    kind: str
    happened_on: date
    owner_name: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Fact):
    """A recurring contract."""

    account: str
    product: str
    opportunity: str
    started_on: date
    ends_on: date
    yearly_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Fact):
    """An invoice; gross is net and tax."""

    account: str
    opportunity: str
    subscription: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine(Fact):
    """A line of an invoice."""

    invoice: str
    position: int
    product: str
    description: str
    kind: str
    renewal_year: int
    quantity: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Fact):
    """Money received, gross, in the invoice's currency."""

    invoice: str
    received_on: date
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Fact):
    """Money given back on a payment, gross."""

    invoice: str
    payment: str
    refunded_on: date
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Fact):
    """Part of an invoice line taken back."""

    invoice: str
    line: str
    number: str
    issued_on: date
    net_minor: int
    tax_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate(Fact):
    """A day's units of `currency` for one of `base`, as a decimal string."""

    day: date
    base: str
    currency: str
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch(Fact):
    """Evidence that a partner did something; `partner` is its name."""

    partner: str
    account: str
    opportunity: str | None
    kind: str
    happened_on: date
    learned_on: date
    source: str
    proof: str
