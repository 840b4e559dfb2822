"""Opportunities as metrics see them: with class, source and amount in one currency.

Amounts are converted at the rates of one day, so that a comparison of two periods shows what was sold and not how
currencies moved. A deal without a decision yet counts as direct, and one whose currency has no rate has no amount.
"""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DecimalField,
    F,
    FilteredRelation,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Round

from tallystick.attribution.models import CreditClass, CreditRole
from tallystick.crm.models import DealKind, Opportunity
from tallystick.crm.queries.rates import DayRates
from tallystick.kernel.currencies import minor_units

NEW_BUSINESS = (DealKind.NEW, DealKind.EXPANSION)
"""What counts as new: a renewal brings no new pipeline."""
Deals = QuerySet[Any, Any]
"""Opportunities with what `classified_deals` adds to them."""
EXACT = DecimalField(max_digits=40, decimal_places=0)


def classified_deals(*, rates: DayRates, currency: str) -> Deals:
    """Return the workspace's opportunities with `credit_class`, `source_id` (partner or None) and `amount`.

    `amount` is in minor units of the currency, or NULL where the deal has none or its currency no rate.
    """
    return Opportunity.objects.alias(
        decision=FilteredRelation("decisions", condition=Q(decisions__is_current=True)),
        source_credit=FilteredRelation(
            "credits", condition=Q(credits__is_current=True, credits__role=CreditRole.SOURCE)
        ),
    ).annotate(
        credit_class=Coalesce(F("decision__credit_class"), Value(CreditClass.DIRECT.value)),
        source_id=F("source_credit__partner_id"),
        amount=_amount(rates, currency),
    )


def _amount(rates: DayRates, currency: str) -> Case:
    """Return the amount in one currency, each deal rounded to a minor unit, so that any sum of deals is exact."""
    cases = []
    for other in rates.units:
        rate = rates.rate(other, currency)
        if rate is not None and other != currency:
            exact = rate * minor_units(currency) / minor_units(other)
            scaled = Cast(F("amount_minor"), EXACT) * Value(exact.numerator, EXACT) / Value(exact.denominator, EXACT)
            cases.append(When(currency=other, then=Cast(Round(scaled), BigIntegerField())))
    return Case(When(currency=currency, then=F("amount_minor")), *cases, default=None, output_field=BigIntegerField())
