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
from typing import Any

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
from tallystick.crm.models import CreditNote, Invoice, InvoiceLine, Opportunity, Payment, Refund
from tallystick.crm.models import ExchangeRate as ExchangeRateRow
from tallystick.deals.models import DealRegistration
from tallystick.kernel.explanations import FactValue
from tallystick.partners.models import TierPeriod
from tallystick.platform.database.bulk import any_of
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
    invoices = list(
        Invoice.objects.filter(pk__in=any_of(invoice_ids))
        .select_related("account", "opportunity", "subscription__opportunity")
        .order_by("pk")
    )
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in (
        InvoiceLine.objects.filter(invoice_id__in=any_of(invoice_ids)).select_related("product").order_by("position")
    ):
        lines[line.invoice_id].append(line)
    claims = {invoice.pk: _claim(invoice, lines[invoice.pk]) for invoice in invoices}
    _add_events(claims, [invoice.pk for invoice in invoices if not invoice.is_void])
    _add_payees(claims, invoices, plans)
    return list(claims.values())


def _claim(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Claim:
    facts = InvoiceFacts(
        key=invoice.number,
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        gross_minor=invoice.gross_minor,
        lines=tuple(
            LineFacts(key=str(line.position), net_minor=line.net_minor, quantity=line.quantity, facts=_line_facts(line))
            for line in lines
        ),
        facts=_invoice_facts(invoice),
    )
    return Claim(invoice_id=invoice.pk, facts=facts, line_ids={str(line.position): line.pk for line in lines})


def _deal(invoice: Invoice) -> Opportunity | None:
    """Return the deal an invoice belongs to; a renewal without one belongs to the deal that began its subscription."""
    if invoice.opportunity is None and invoice.subscription is not None:
        return invoice.subscription.opportunity
    return invoice.opportunity


def _line_facts(line: InvoiceLine) -> dict[str, FactValue]:
    return {
        "line.product": line.product.name if line.product else None,
        "line.family": line.product.family if line.product else None,
        "line.kind": line.kind,
        "line.renewal_year": line.renewal_year,
        "line.quantity": line.quantity,
        "line.description": line.description,
    }


def _invoice_facts(invoice: Invoice) -> dict[str, FactValue]:
    deal = _deal(invoice)
    return {
        "invoice.currency": invoice.currency,
        "invoice.net": invoice.net_minor,
        "invoice.net_currency": invoice.currency,
        "deal.kind": deal.kind if deal else None,
        "deal.amount": deal.amount_minor if deal else None,
        "deal.amount_currency": deal.currency if deal else None,
        "deal.term_months": deal.term_months if deal else None,
        "customer.country": invoice.account.country or None,
        "customer.industry": invoice.account.industry or None,
    }


def _add_events(claims: Mapping[int, Claim], invoice_ids: Sequence[int]) -> None:
    positions = {line_id: key for claim in claims.values() for key, line_id in claim.line_ids.items()}
    for payment in Payment.objects.filter(invoice_id__in=any_of(invoice_ids)).order_by("pk"):
        fact = PaymentFacts(key=_key(payment), on=payment.received_on, amount_minor=payment.amount_minor)
        _add(claims[payment.invoice_id], fact, payment.pk)
    for refund in Refund.objects.filter(invoice_id__in=any_of(invoice_ids)).select_related("payment").order_by("pk"):
        _add(
            claims[refund.invoice_id],
            RefundFacts(
                key=_key(refund),
                on=refund.refunded_on,
                amount_minor=refund.amount_minor,
                payment_key=_key(refund.payment) if refund.payment else None,
            ),
            refund.pk,
        )
    for note in CreditNote.objects.filter(invoice_id__in=any_of(invoice_ids)).order_by("pk"):
        _add(
            claims[note.invoice_id],
            CreditNoteFacts(
                key=_key(note),
                on=note.issued_on,
                net_minor=note.net_minor,
                gross_minor=note.net_minor + note.tax_minor,
                line_key=positions[note.line_id] if note.line_id else None,
            ),
            note.pk,
        )


def _key(fact: Payment | Refund | CreditNote) -> str:
    return f"{fact.source}:{fact.external_id}"


def _add(claim: Claim, event: Event, row_id: int) -> None:
    claim.events.append(event)
    claim.event_ids[event.kind, event.key] = row_id


def _add_payees(claims: Mapping[int, Claim], invoices: Sequence[Invoice], plans: Plans) -> None:
    deal_of = {invoice.pk: deal.pk for invoice in invoices if (deal := _deal(invoice)) is not None}
    deals = set(deal_of.values())
    credits: dict[int, list[Credit]] = defaultdict(list)
    rows = Credit.objects.filter(opportunity_id__in=any_of(deals), is_current=True).select_related("partner")
    for credit in rows.order_by("decision_id", "role", "partner_id"):
        credits[credit.opportunity_id].append(credit)
    partner_ids = {credit.partner_id for found in credits.values() for credit in found}
    tiers = _tiers(partner_ids)
    registered = _registered(deals)
    for invoice in invoices:
        found = credits[deal_of[invoice.pk]] if invoice.pk in deal_of else []
        claim = claims[invoice.pk]
        claim.decision_id = found[0].decision_id if found else None
        claim.payees = [_payee(credit, invoice, plans, tiers, registered) for credit in found if credit.share_ppm]


def _payee(
    credit: Credit,
    invoice: Invoice,
    plans: Plans,
    tiers: Mapping[int, Sequence[tuple[date, str]]],
    registered: Mapping[tuple[int, int], date],
) -> Payee:
    partner, deal = credit.partner, _deal(invoice)
    approved_on = registered.get((credit.opportunity_id, partner.pk))
    closed_on = deal.close_on if deal else None
    facts: dict[str, FactValue] = {
        "partner.type": partner.type,
        "partner.tier": _tier_on(tiers.get(partner.pk, ()), invoice.issued_on),
        "partner.country": partner.country or None,
        "partner.role": credit.role,
        "deal.registered": approved_on is not None and (closed_on is None or approved_on <= closed_on),
    }
    plan = plans.in_force(partner_type=partner.type, on=invoice.issued_on)
    return Payee(partner_id=partner.pk, share_ppm=credit.share_ppm, plan=plan, facts=facts)


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
    """Return the day of the first approval by opportunity and partner."""
    found: dict[tuple[int, int], date] = {}
    rows: Any = (
        DealRegistration.objects.filter(
            opportunity_id__in=any_of(deals), protected_until__isnull=False, decided_at__isnull=False
        )
        .order_by("-decided_at")
        .values_list("opportunity_id", "partner_id", "decided_at")
    )
    for opportunity_id, partner_id, decided_at in rows:
        found[opportunity_id, partner_id] = decided_at.date()
    return found
