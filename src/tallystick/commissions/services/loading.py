"""Gather what settling needs to know of many invoices at once, in a fixed number of queries."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models.functions import Coalesce

from tallystick.attribution.models import Credit
from tallystick.commissions.rules.facts import (
    CreditNoteFacts,
    Event,
    ExchangeRate,
    InvoiceFacts,
    LineFacts,
    Payee,
    PaymentFacts,
    RefundFacts,
)
from tallystick.commissions.rules.rating import PublishedPlan
from tallystick.crm.models import Account, CreditNote, Invoice, InvoiceLine, Opportunity, Payment, Refund
from tallystick.crm.models import ExchangeRate as ExchangeRateRow
from tallystick.deals.queries import counting_registrations
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.periods import day_of
from tallystick.partners.models import TierPeriod
from tallystick.platform.database.bulk import any_of
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id
from tallystick.programmes.models import PlanVersion
from tallystick.programmes.rules.reading import read_plan

OLDEST_RATE_DAYS = 7
"""A rate may be this many days older than the payment: banks publish none on weekends and holidays."""


@dataclass(slots=True)
class Claim:
    """Everything about one invoice: the facts to settle, and the ids to book the result with."""

    invoice_id: int
    facts: InvoiceFacts
    events: list[Event] = field(default_factory=list)
    payees: list[Payee] = field(default_factory=list)
    decision_id: int | None = None
    event_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    line_ids: dict[str, int] = field(default_factory=dict)


class Plans:
    """The published plans of the workspace in scope, by partner type and day of validity."""

    def __init__(self) -> None:
        self._by_type: dict[str, list[tuple[date, int]]] = defaultdict(list)
        self._plans: dict[int, PublishedPlan] = {}
        self._ids: dict[str, int] = {}
        rows = (
            PlanVersion.objects.filter(published_at__isnull=False)
            .order_by("track__partner_type", "valid_from", "number")
            .values_list("id", "track__partner_type", "number", "document", "valid_from")
        )
        for plan_id, partner_type, number, document, valid_from in rows:
            self._by_type[partner_type].append((valid_from, plan_id))
            self._plans[plan_id] = _published(document, number)
            self._ids[self._plans[plan_id].label] = plan_id

    def in_force(self, *, partner_type: str, on: date) -> PublishedPlan | None:
        """Return the version that counts on a day: the latest published to begin by then, if it has not ended."""
        versions = self._by_type.get(partner_type, [])
        at = bisect_right(versions, on, key=lambda version: version[0])
        if not at:
            return None
        plan = self._plans[versions[at - 1][1]]
        return plan if plan.plan.covers(on) else None

    def id_of(self, plan: PublishedPlan) -> int:
        """Return the row a published plan was read from."""
        return self._ids[plan.label]


@lru_cache(maxsize=256)
def _published(document: str, number: int) -> PublishedPlan:
    return PublishedPlan(read_plan(document), version=number)


class Rates:
    """Exchange rates of the workspace in scope, read once for each currency that is asked for."""

    def __init__(self) -> None:
        self._days: dict[str, tuple[list[date], list[tuple[Fraction, str]]]] = {}

    def __call__(self, currency: str, plan_currency: str, day: date) -> ExchangeRate | None:
        """Return units of `plan_currency` for one of `currency`, crossed through the base of the source."""
        own, other = self._published(currency, day), self._published(plan_currency, day)
        if own is None or other is None:
            return None
        found = min(own[0], other[0])
        return ExchangeRate(rate=other[1] / own[1], source=own[2] or other[2], day=found)

    def _published(self, currency: str, day: date) -> tuple[date, Fraction, str] | None:
        if currency == "EUR":
            return day, Fraction(1), ""
        if currency not in self._days:
            self._days[currency] = _load_rates(currency)
        days, rates = self._days[currency]
        at = bisect_right(days, day) - 1
        if at < 0 or day - days[at] > timedelta(days=OLDEST_RATE_DAYS):
            return None
        rate, source = rates[at]
        return days[at], rate, source


def _load_rates(currency: str) -> tuple[list[date], list[tuple[Fraction, str]]]:
    rows = ExchangeRateRow.objects.filter(base="EUR", currency=currency).order_by("day")
    found = list(rows.values_list("day", "rate", "source"))
    return [day for day, _, _ in found], [(Fraction(Decimal(rate)), source) for _, rate, source in found]


def load_claims(invoice_ids: Sequence[int], *, plans: Plans) -> list[Claim]:
    """Return the claims of the invoices, by id; a void invoice has no events, one without a decision no payees."""
    invoices = _load_invoices(invoice_ids)
    accounts = _load_accounts({invoice.account_id for invoice in invoices})
    deals = _load_deals({invoice.deal_id for invoice in invoices if invoice.deal_id is not None})
    lines = _load_lines(invoice_ids)
    claims: dict[int, Claim] = {}
    for invoice in invoices:
        deal = deals[invoice.deal_id] if invoice.deal_id is not None else None
        claims[invoice.id] = _claim(invoice, accounts[invoice.account_id], deal, lines[invoice.id])
    _add_events(claims, [invoice.id for invoice in invoices if not invoice.is_void])
    _add_payees(claims, invoices, deals, plans)
    return list(claims.values())


class _Invoice(NamedTuple):
    """The columns of an invoice that settling looks at: a million are read in a run, too many to be models."""

    id: int
    number: str
    currency: str
    issued_on: date
    net_minor: int
    gross_minor: int
    is_void: bool
    account_id: int
    deal_id: int | None


class _Account(NamedTuple):
    """The columns of an account that settling looks at."""

    country: str
    industry: str


class _Deal(NamedTuple):
    """The columns of a deal that settling looks at."""

    kind: str
    amount_minor: int | None
    currency: str
    term_months: int | None
    close_on: date | None


class _Line(NamedTuple):
    """The columns of an invoice line that settling looks at."""

    id: int
    position: int
    net_minor: int
    quantity: int
    kind: str
    renewal_year: int
    description: str
    product: str | None
    family: str | None


def _load_invoices(invoice_ids: Sequence[int]) -> list[_Invoice]:
    """Read the invoices by id; a renewal without a deal belongs to the deal that began its subscription."""
    rows = (
        Invoice.objects.filter(pk__in=any_of(invoice_ids))
        .order_by("pk")
        .values_list(
            "pk",
            "number",
            "currency",
            "issued_on",
            "net_minor",
            "gross_minor",
            "is_void",
            "account_id",
            Coalesce("opportunity_id", "subscription__opportunity_id"),
        )
    )
    return [_Invoice._make(row) for row in rows]


def _load_accounts(account_ids: set[int]) -> dict[int, _Account]:
    rows = Account.objects.filter(pk__in=any_of(account_ids)).values_list("pk", "country", "industry")
    return {account_id: _Account._make(row) for account_id, *row in rows}


def _load_deals(deal_ids: set[int]) -> dict[int, _Deal]:
    rows = Opportunity.objects.filter(pk__in=any_of(deal_ids))
    columns = rows.values_list("pk", "kind", "amount_minor", "currency", "term_months", "close_on")
    return {deal_id: _Deal._make(row) for deal_id, *row in columns}


def _load_lines(invoice_ids: Sequence[int]) -> dict[int, list[_Line]]:
    lines: dict[int, list[_Line]] = defaultdict(list)
    rows = InvoiceLine.objects.filter(invoice_id__in=any_of(invoice_ids)).order_by("position")
    for invoice_id, *row in rows.values_list(
        "invoice_id",
        "pk",
        "position",
        "net_minor",
        "quantity",
        "kind",
        "renewal_year",
        "description",
        "product__name",
        "product__family",
    ):
        lines[invoice_id].append(_Line._make(row))
    return lines


def _claim(invoice: _Invoice, account: _Account, deal: _Deal | None, lines: Sequence[_Line]) -> Claim:
    facts = InvoiceFacts(
        key=invoice.number,
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        gross_minor=invoice.gross_minor,
        lines=tuple(
            LineFacts(key=str(line.position), net_minor=line.net_minor, quantity=line.quantity, facts=_line_facts(line))
            for line in lines
        ),
        facts=_invoice_facts(invoice, account, deal),
    )
    return Claim(invoice_id=invoice.id, facts=facts, line_ids={str(line.position): line.id for line in lines})


def _line_facts(line: _Line) -> dict[str, FactValue]:
    return {
        "line.product": line.product,
        "line.family": line.family,
        "line.kind": line.kind,
        "line.renewal_year": line.renewal_year,
        "line.quantity": line.quantity,
        "line.description": line.description,
    }


def _invoice_facts(invoice: _Invoice, account: _Account, deal: _Deal | None) -> dict[str, FactValue]:
    return {
        "invoice.currency": invoice.currency,
        "invoice.net": invoice.net_minor,
        "invoice.net_currency": invoice.currency,
        "deal.kind": deal.kind if deal else None,
        "deal.amount": deal.amount_minor if deal else None,
        "deal.amount_currency": deal.currency if deal else None,
        "deal.term_months": deal.term_months if deal else None,
        "customer.country": account.country or None,
        "customer.industry": account.industry or None,
    }


def _add_events(claims: Mapping[int, Claim], invoice_ids: Sequence[int]) -> None:
    chosen = any_of(invoice_ids)
    payments = Payment.objects.filter(invoice_id__in=chosen).order_by("pk")
    for invoice_id, row_id, source, external_id, on, amount in payments.values_list(
        "invoice_id", "pk", "source", "external_id", "received_on", "amount_minor"
    ):
        _add(claims[invoice_id], PaymentFacts(f"{source}:{external_id}", on, amount), row_id)
    refunds: Any = (
        Refund.objects.filter(invoice_id__in=chosen)
        .order_by("pk")
        .values_list(
            "invoice_id",
            "pk",
            "source",
            "external_id",
            "refunded_on",
            "amount_minor",
            "payment__source",
            "payment__external_id",
        )
    )
    for invoice_id, row_id, source, external_id, on, amount, *payment in refunds:
        payment_key = ":".join(payment) if payment[0] else None
        _add(claims[invoice_id], RefundFacts(f"{source}:{external_id}", on, amount, payment_key), row_id)
    notes: Any = (
        CreditNote.objects.filter(invoice_id__in=chosen)
        .order_by("pk")
        .values_list(
            "invoice_id", "pk", "source", "external_id", "issued_on", "net_minor", "tax_minor", "line__position"
        )
    )
    for invoice_id, row_id, source, external_id, on, net, tax, line in notes:
        line_key = str(line) if line is not None else None
        _add(claims[invoice_id], CreditNoteFacts(f"{source}:{external_id}", on, net, net + tax, line_key), row_id)


def _add(claim: Claim, event: Event, row_id: int) -> None:
    claim.events.append(event)
    claim.event_ids[event.kind, event.key] = row_id


class _Credit(NamedTuple):
    """A partner's credit for a deal, and what settling looks at of the partner."""

    deal_id: int
    decision_id: int
    partner_id: int
    role: str
    share_ppm: int
    type: str
    country: str


def _add_payees(
    claims: Mapping[int, Claim], invoices: Sequence[_Invoice], deals: Mapping[int, _Deal], plans: Plans
) -> None:
    credits = _load_credits(deals)
    tiers = _tiers({credit.partner_id for found in credits.values() for credit in found})
    registered = _registered(deals)
    for invoice in invoices:
        if invoice.deal_id is None or invoice.deal_id not in credits:
            continue
        claim, found, closed_on = claims[invoice.id], credits[invoice.deal_id], deals[invoice.deal_id].close_on
        claim.decision_id = found[0].decision_id
        for credit in found:
            if credit.share_ppm:
                approved_on = registered.get((credit.deal_id, credit.partner_id))
                in_time = approved_on is not None and (closed_on is None or approved_on <= closed_on)
                tier = _tier_on(tiers.get(credit.partner_id, ()), invoice.issued_on)
                plan = plans.in_force(partner_type=credit.type, on=invoice.issued_on)
                claim.payees.append(_payee(credit, plan, tier=tier, registered=in_time))


def _load_credits(deal_ids: Iterable[int]) -> dict[int, list[_Credit]]:
    credits: dict[int, list[_Credit]] = {}
    rows = Credit.objects.filter(opportunity_id__in=any_of(deal_ids), is_current=True)
    for row in rows.order_by("decision_id", "role", "partner_id").values_list(
        "opportunity_id", "decision_id", "partner_id", "role", "share_ppm", "partner__type", "partner__country"
    ):
        credits.setdefault(row[0], []).append(_Credit._make(row))
    return credits


def _payee(credit: _Credit, plan: PublishedPlan | None, *, tier: str | None, registered: bool) -> Payee:
    facts: dict[str, FactValue] = {
        "partner.type": credit.type,
        "partner.tier": tier,
        "partner.country": credit.country or None,
        "partner.role": credit.role,
        "deal.registered": registered,
    }
    return Payee(partner_id=credit.partner_id, share_ppm=credit.share_ppm, plan=plan, facts=facts)


def _tiers(partner_ids: Iterable[int]) -> dict[int, list[tuple[date, str]]]:
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = TierPeriod.objects.filter(partner_id__in=any_of(partner_ids)).order_by("partner_id", "valid_from")
    for partner_id, valid_from, tier in rows.values_list("partner_id", "valid_from", "tier"):
        found[partner_id].append((valid_from, tier))
    return found


def _tier_on(periods: Sequence[tuple[date, str]], day: date) -> str | None:
    at = bisect_right(periods, day, key=lambda period: period[0])
    return periods[at - 1][1] if at else None


def _registered(deals: Iterable[int]) -> dict[tuple[int, int], date]:
    """Return the day of the first approval, in the workspace's time zone, by opportunity and partner.

    A registration that was withdrawn gives its terms up, also where it had been approved.
    """
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    found: dict[tuple[int, int], date] = {}
    rows: Any = (
        counting_registrations()
        .filter(opportunity_id__in=any_of(deals))
        .order_by("-decided_at")
        .values_list("opportunity_id", "partner_id", "decided_at")
    )
    for opportunity_id, partner_id, decided_at in rows:
        found[opportunity_id, partner_id] = day_of(decided_at, zone=zone)
    return found
