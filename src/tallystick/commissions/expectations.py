"""What an open deal would earn its partners by today's plans: an expectation, never booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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


class Expecting:
    """Computes expectations for many deals: plans and exchange rates are read once."""

    def __init__(self) -> None:
        self._plans, self._rates = Plans(), Rates()

    def registering(self, opportunity_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
        """Return the partners that registered each deal. One query."""
        found: dict[int, set[int]] = defaultdict(set)
        rows = counting_registrations().filter(opportunity_id__in=opportunity_ids)
        for opportunity_id, partner_id in rows.values_list("opportunity_id", "partner_id"):
            found[opportunity_id or 0].add(partner_id)
        return {opportunity_id: frozenset(partners) for opportunity_id, partners in found.items()}

    def shares(
        self, opportunity: Opportunity, credits: Sequence[Credit], *, registering: frozenset[int], on: date
    ) -> list[ExpectedShare]:
        """Return what each credited partner would earn if the deal were invoiced and paid in full on the day."""
        paid = [credit for credit in credits if credit.share_ppm]
        if opportunity.amount_minor is None:
            return []
        amount = Money(opportunity.amount_minor, opportunity.currency)
        return [
            ExpectedShare(credit.partner, self._expected(opportunity, credit, amount, registering, on=on))
            for credit in paid
        ]

    def _expected(
        self, opportunity: Opportunity, credit: Credit, amount: Money, registering: frozenset[int], *, on: date
    ) -> Expectation:
        plan = self._plans.in_force(partner_type=credit.partner.type, on=on)
        if plan is None:
            return NO_PLAN
        return expected_commission(
            plan=plan,
            facts=deal_facts(opportunity, credit, registered=credit.partner_id in registering),
            amount=amount,
            on=on,
            exchange_rate=self._rates,
            share_ppm=credit.share_ppm,
        )


def expected_shares(opportunity: Opportunity, credits: Sequence[Credit], *, on: date) -> list[ExpectedShare]:
    """Return what each credited partner would earn if the deal were invoiced and paid in full on the day.

    The credits are the current ones, read with their partner. An opportunity without an amount gives nothing.
    """
    if opportunity.amount_minor is None or not any(credit.share_ppm for credit in credits):
        return []
    expecting = Expecting()
    registering = expecting.registering([opportunity.pk]).get(opportunity.pk, frozenset())
    return expecting.shares(opportunity, credits, registering=registering, on=on)


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
