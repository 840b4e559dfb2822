"""What an open deal would earn its partners by today's plans: an expectation, never booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tallystick.attribution.models import Credit
from tallystick.commissions.rules.expectation import Expectation, expected_commission
from tallystick.commissions.services.loading import Plans, Rates
from tallystick.crm.models import Opportunity
from tallystick.deals.queries import counting_registrations
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner

NO_PLAN = Expectation(None, None, "There is no commission plan for this type of partner.")


@dataclass(frozen=True, slots=True)
class ExpectedShare:
    """What one partner may expect of a deal."""

    partner: Partner
    expectation: Expectation


def expected_shares(opportunity: Opportunity, credits: Sequence[Credit], *, on: date) -> list[ExpectedShare]:
    """Return what each credited partner would earn if the deal were invoiced and paid in full on the day.

    The credits are the current ones, read with their partner. An opportunity without an amount gives nothing.
    """
    paid = [credit for credit in credits if credit.share_ppm]
    if opportunity.amount_minor is None or not paid:
        return []
    plans, rates = Plans(), Rates()
    registered = _registering_partners(opportunity)
    amount = Money(opportunity.amount_minor, opportunity.currency)

    def expected(credit: Credit) -> Expectation:
        plan = plans.in_force(partner_type=credit.partner.type, on=on)
        if plan is None:
            return NO_PLAN
        return expected_commission(
            plan=plan,
            facts=deal_facts(opportunity, credit, registered=credit.partner_id in registered),
            amount=amount,
            on=on,
            exchange_rate=rates,
            share_ppm=credit.share_ppm,
        )

    return [ExpectedShare(credit.partner, expected(credit)) for credit in paid]


def _registering_partners(opportunity: Opportunity) -> frozenset[int]:
    rows = counting_registrations().filter(opportunity=opportunity)
    return frozenset(rows.values_list("partner_id", flat=True))


def deal_facts(opportunity: Opportunity, credit: Credit, *, registered: bool) -> dict[str, FactValue]:
    """Return what plans may ask of a deal before it is invoiced, for one credited partner; None is not known."""
    account, product = opportunity.account, opportunity.product
    return {
        "deal.kind": opportunity.kind,
        "deal.amount": opportunity.amount_minor,
        "deal.amount_currency": opportunity.currency,
        "deal.term_months": opportunity.term_months,
        "deal.registered": registered,
        "invoice.currency": opportunity.currency,
        "invoice.net": opportunity.amount_minor,
        "invoice.net_currency": opportunity.currency,
        "customer.country": (account.country or None) if account else None,
        "customer.industry": (account.industry or None) if account else None,
        "line.product": product.name if product else None,
        "line.family": product.family if product else None,
        "line.kind": opportunity.kind,
        "line.renewal_year": None if opportunity.kind == "renewal" else 0,
        "line.quantity": 1,
        "line.description": None,
        "partner.type": credit.partner.type,
        "partner.tier": credit.partner.tier or None,
        "partner.country": credit.partner.country or None,
        "partner.role": credit.role,
    }
