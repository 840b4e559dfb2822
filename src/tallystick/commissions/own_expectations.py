"""What a partner may expect of its own open deals and claims by today's plan: estimates, never booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tallystick.attribution.models import Credit
from tallystick.commissions.expectations import NO_PLAN, deal_facts
from tallystick.commissions.rules.expectation import Expectation, expected_commission
from tallystick.commissions.rules.facts import PPM, ExchangeRate
from tallystick.commissions.services.loading import OLDEST_RATE_DAYS, Plans
from tallystick.crm.models import ExchangeRate as ExchangeRateRow
from tallystick.deals.queries import counting_registrations
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.database.bulk import any_of
from tallystick.platform.tenancy import vendor_side

SUPPOSED_MONTHS = 12
"""The term a claim is reckoned with: a partner states a yearly value."""
BASE = "EUR"

NO_AMOUNT = Expectation(None, None, "The deal has no amount yet.")
NO_SHARE = Expectation(None, None, "Your credit on this deal carries no share of the commission.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an expectation is reckoned by on one day: the plans, and the rates last published by then."""

    on: date
    plans: Plans
    rates: Mapping[str, tuple[Fraction, str, date]]

    def exchange_rate(self, currency: str, plan_currency: str, day: date) -> ExchangeRate | None:  # noqa: ARG002
        """Return units of the plan's currency for one of the other, crossed through the euro; None without a rate."""
        own, wanted = self._published(currency), self._published(plan_currency)
        if own is None or wanted is None:
            return None
        return ExchangeRate(rate=wanted[0] / own[0], source=own[1] or wanted[1], day=min(own[2], wanted[2]))

    def _published(self, currency: str) -> tuple[Fraction, str, date] | None:
        return (Fraction(1), "", self.on) if currency == BASE else self.rates.get(currency)


def terms_on(day: date) -> Terms:
    """Read the plans and the rates of a day. Two queries, however many deals are reckoned by them."""
    with vendor_side():
        rows = (
            ExchangeRateRow.objects.filter(base=BASE, day__range=(day - timedelta(days=OLDEST_RATE_DAYS), day))
            .order_by("currency", "-day")
            .distinct("currency")
            .values_list("currency", "rate", "source", "day")
        )
        rates = {currency: (Fraction(rate), source, published) for currency, rate, source, published in rows}
    return Terms(day, Plans(), rates)


def expected_of_credits(credits: Sequence[Credit], *, partner_id: int, terms: Terms) -> Mapping[int, Expectation]:
    """Return what the partner would earn of each deal it is credited for, by opportunity. Two queries.

    The deal's facts are read on the vendor's side; what leaves is the partner's own commission and its arithmetic.
    """
    own = [credit.pk for credit in credits if credit.partner_id == partner_id]
    deals = [credit.opportunity_id for credit in credits]
    registered = frozenset(
        counting_registrations()
        .filter(partner_id=partner_id, opportunity_id__in=any_of(deals))
        .values_list("opportunity_id", flat=True)
    )
    with vendor_side():
        rows = list(
            Credit.objects.filter(pk__in=any_of(own), partner_id=partner_id)
            .select_related("partner", "opportunity__account", "opportunity__product")
            .order_by("pk")
        )
    return {
        row.opportunity_id: _of_credit(row, registered=row.opportunity_id in registered, terms=terms) for row in rows
    }


def expected_of_claim(
    partner: Partner, *, value: Money, country: str, terms: Terms, share_ppm: int = PPM
) -> Expectation:
    """Return what the partner would earn of a claim that is approved, won, invoiced and paid in full.

    Supposed are a first contract of `SUPPOSED_MONTHS` months, no product with terms of its own, and the
    whole credit unless a share is given.
    """
    plan = terms.plans.in_force(partner_type=partner.type, on=terms.on)
    if plan is None:
        return NO_PLAN
    return expected_commission(
        plan=plan,
        facts=_claim_facts(partner, value, country),
        amount=value,
        on=terms.on,
        exchange_rate=terms.exchange_rate,
        share_ppm=share_ppm,
    )


def _of_credit(credit: Credit, *, registered: bool, terms: Terms) -> Expectation:
    opportunity = credit.opportunity
    if opportunity.amount_minor is None:
        return NO_AMOUNT
    if not credit.share_ppm:
        return NO_SHARE
    plan = terms.plans.in_force(partner_type=credit.partner.type, on=terms.on)
    if plan is None:
        return NO_PLAN
    return expected_commission(
        plan=plan,
        facts=deal_facts(opportunity, credit, registered=registered),
        amount=Money(opportunity.amount_minor, opportunity.currency),
        on=terms.on,
        exchange_rate=terms.exchange_rate,
        share_ppm=credit.share_ppm,
    )


def _claim_facts(partner: Partner, value: Money, country: str) -> dict[str, FactValue]:
    return {
        "deal.kind": "new",
        "deal.amount": value.minor,
        "deal.amount_currency": value.currency,
        "deal.term_months": SUPPOSED_MONTHS,
        "deal.registered": True,
        "invoice.currency": value.currency,
        "invoice.net": value.minor,
        "invoice.net_currency": value.currency,
        "customer.country": country or None,
        "customer.industry": None,
        "line.product": "",
        "line.family": "",
        "line.kind": "new",
        "line.renewal_year": 0,
        "line.quantity": 1,
        "line.description": "",
        "partner.type": partner.type,
        "partner.tier": partner.tier or None,
        "partner.country": partner.country or None,
        "partner.role": "source",
    }
