"""A small revenue world: a partner with a published plan, a won deal credited to it, an invoice, payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from tallystick.attribution.models import Credit, Decision, PolicyVersion
from tallystick.crm.models import CreditNote, Invoice, InvoiceLine, Opportunity, Payment, Refund
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import current_workspace_id
from tallystick.programmes.models import PlanVersion, Track
from tests.factories.rows import make_row

TEN_PERCENT = """
plan: Resellers
track: reseller
currency: EUR
valid_from: 2025-01-01
trigger: payment_received
base: {amount: net}
rules:
  - id: base
    says: 10 % of what the customer paid, net of tax
    percent: 10
hold_days: 30
claw_back: {window_days: null, method: proportional}
rounding: {mode: half_even}
"""


def make_plan(document: str = TEN_PERCENT, *, partner_type: str = "reseller", number: int = 1) -> PlanVersion:
    """Return a published plan version on the track of a partner type."""
    workspace_id = current_workspace_id()
    track, _ = Track.objects.get_or_create(
        workspace_id=workspace_id, partner_type=partner_type, defaults={"motion": "reseller", "name": partner_type}
    )
    return make_row(
        PlanVersion,
        track=track,
        number=number,
        document=document,
        currency="EUR",
        valid_from=date(2025, number, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def make_partner(name: str = "Corvid Consulting", **given: Any) -> Partner:
    """Return an active reseller."""
    return make_row(Partner, **{"name": name, "type": "reseller", "lifecycle": "active", **given})


def credit(opportunity: Opportunity, shares: Mapping[Partner, int]) -> Decision:
    """Write a new current decision that gives each partner its share in parts per million; the first is the source."""
    Decision.objects.filter(opportunity=opportunity).update(is_current=False)
    Credit.objects.filter(opportunity=opportunity).update(is_current=False)
    policy = PolicyVersion.objects.first() or make_row(PolicyVersion, document={})
    decision = make_row(
        Decision,
        opportunity=opportunity,
        version=Decision.objects.filter(opportunity=opportunity).count() + 1,
        is_current=True,
        credit_class="sourced" if shares else "direct",
        policy=policy,
        record={
            "class": "sourced" if shares else "direct",
            "opportunity": str(opportunity.pk),
            "created_on": (opportunity.opened_on or date(2026, 1, 1)).isoformat(),
        },
    )
    for position, (partner, share_ppm) in enumerate(shares.items()):
        make_row(
            Credit,
            decision=decision,
            opportunity=opportunity,
            partner=partner,
            role="influence" if position else "source",
            share_ppm=share_ppm,
            is_current=True,
        )
    return decision


def make_invoice(opportunity: Opportunity, *, nets: Sequence[int], tax_percent: int = 20, **given: Any) -> Invoice:
    """Return an invoice of the deal with one line for each net amount, in minor units of EUR."""
    taxes = [net * tax_percent // 100 for net in nets]
    invoice = make_row(
        Invoice,
        **{
            "account": opportunity.account,
            "opportunity": opportunity,
            "number": "2026-0042",
            "issued_on": date(2026, 3, 1),
            "net_minor": sum(nets),
            "tax_minor": sum(taxes),
            "gross_minor": sum(nets) + sum(taxes),
            **given,
        },
    )
    for position, (net, tax) in enumerate(zip(nets, taxes, strict=True), start=1):
        make_row(InvoiceLine, invoice=invoice, position=position, net_minor=net, tax_minor=tax)
    return invoice


def pay(invoice: Invoice, amount_minor: int, on: date, *, key: str) -> Payment:
    """Record a payment, gross, in minor units."""
    return make_row(Payment, invoice=invoice, amount_minor=amount_minor, received_on=on, source="bank", external_id=key)


def refund(invoice: Invoice, amount_minor: int, on: date, *, key: str) -> Refund:
    """Record a refund, gross, in minor units."""
    return make_row(Refund, invoice=invoice, amount_minor=amount_minor, refunded_on=on, source="bank", external_id=key)


def credit_note(invoice: Invoice, *, net_minor: int, tax_minor: int, on: date, key: str) -> CreditNote:
    """Record a credit note over the whole invoice."""
    return make_row(
        CreditNote,
        invoice=invoice,
        net_minor=net_minor,
        tax_minor=tax_minor,
        issued_on=on,
        source="bank",
        external_id=key,
    )
