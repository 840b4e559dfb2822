"""Publishes the AE pay table, and compares every deal with a partner with the same deal sold direct."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from tallystick.attribution.models import Credit, Decision
from tallystick.commissions.expectations import Expecting
from tallystick.commissions.models import PayWay, SellerPayCheck, SellerPayRate, SellerPayVersion
from tallystick.commissions.rules.seller_pay import (
    PaidOn,
    PayComparison,
    PayRate,
    PayTableRefused,
    SaleWay,
    SellerDeal,
    check_rates,
    compare_pay,
)
from tallystick.commissions.seller_pay import pay_table, pay_versions
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.crm.queries.rates import DayRates, day_rates
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.kernel.rounding import Rounding
from tallystick.partners.models import PartnerType
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

RESELLING: Final = frozenset({PartnerType.RESELLER, PartnerType.DISTRIBUTOR, PartnerType.MSP})
"""Types of partners that buy and sell on; what they source is resold."""
CHUNK: Final = 500
_SHOWN: Final = (
    "version", "seller", "way", "currency", "amount_minor", "partner_minor", "direct_minor", "partnered_minor",
    "difference_minor", "verdict", "cause", "explanation", "checked_at",
)  # fmt: skip


@transaction.atomic
def publish_seller_pay(
    actor: Actor,
    *,
    rates: Sequence[PayRate],
    paid_on: PaidOn,
    tolerance_percent: Decimal,
    reason: str,
    at: datetime,
) -> SellerPayVersion:
    """Publish the next version of the table; the one that says the same as that in force is that one.

    Raises `PayTableRefused` with everything that is wrong.
    """
    check_rates(rates)
    if not 0 <= tolerance_percent <= 100:
        raise PayTableRefused(["The difference allowed is a percentage from 0 to 100."])
    Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
    before = pay_versions().first()
    if before is not None and _says_the_same(before, rates, paid_on, tolerance_percent):
        return before
    version = SellerPayVersion.objects.create(
        workspace_id=current_workspace_id(),
        number=before.number + 1 if before else 1,
        paid_on=paid_on.value,
        tolerance_percent=tolerance_percent,
        reason=reason.strip(),
        published_at=at,
        published_by_label=actor.label,
    )
    SellerPayRate.objects.bulk_create(
        SellerPayRate(
            workspace_id=version.workspace_id,
            version=version,
            seller=rate.seller.strip(),
            product=rate.product.strip(),
            segment=rate.segment.strip(),
            direct=rate.direct,
            sourced=rate.sourced,
            influenced=rate.influenced,
            resale=rate.resale,
        )
        for rate in rates
    )
    record_activity(
        actor,
        verb="seller_pay_published",
        subject_kind="seller_pay_version",
        subject_id=version.pk,
        summary=f"Version {version.number} of the AE pay table was published",
        # What single people are paid does not stand in a stream that more may read than the table.
        data={"number": version.number, "rows": len(rates), "paid_on": paid_on.value, "reason": version.reason},
        at=at,
    )
    return version


def check_seller_pay(*, at: datetime) -> int:
    """Compare every open or won deal with a partner, and forget what is compared no longer. Returns how many.

    A deal is taken as invoiced and paid in full today, with what partners then earn by today's plans.
    """
    version = pay_versions().first()
    if version is None:
        SellerPayCheck.objects.all().delete()
        return 0
    table = pay_table(version)
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    on = day_of(at, zone=zone)
    rates, expecting, compared = day_rates(on), Expecting(), 0
    for chunk in _chunks():
        rows = [
            _row(version, deal, compare_pay(deal, table), opportunity, at=at)
            for opportunity, deal in _deals(chunk, expecting, rates, on=on)
        ]
        SellerPayCheck.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["opportunity"], update_fields=list(_SHOWN)
        )
        compared += len(rows)
    SellerPayCheck.objects.filter(checked_at__lt=at).delete()
    return compared


def _says_the_same(
    version: SellerPayVersion, rates: Sequence[PayRate], paid_on: PaidOn, tolerance_percent: Decimal
) -> bool:
    known = pay_table(version)
    same_rates = {rate.place: rate for rate in known.rates} == {rate.place: rate for rate in rates}
    return same_rates and (known.paid_on, known.tolerance_percent) == (paid_on, tolerance_percent)


def _compared() -> QuerySet[Decision]:
    """Return the decisions on deals that a partner has a part in."""
    return Decision.objects.filter(
        is_current=True,
        credit_class__in=["sourced", "influenced"],
        opportunity__status__in=[OpportunityStatus.OPEN, OpportunityStatus.WON],
        opportunity__amount_minor__isnull=False,
    ).select_related("opportunity__account", "opportunity__product")


def _chunks() -> Iterator[list[Decision]]:
    every = _compared().order_by("opportunity_id").iterator(CHUNK)
    while chunk := list(islice(every, CHUNK)):
        yield chunk


def _deals(
    decisions: Sequence[Decision], expecting: Expecting, rates: DayRates, *, on: date
) -> Iterator[tuple[Opportunity, SellerDeal]]:
    """Yield deals as a seller's pay sees them. A fixed number of queries."""
    credits: dict[int, list[Credit]] = defaultdict(list)
    ids = [decision.opportunity_id for decision in decisions]
    found = Credit.objects.filter(is_current=True, opportunity_id__in=ids).select_related("partner")
    for credit in found.order_by("opportunity_id", "-share_ppm", "pk"):
        credits[credit.opportunity_id].append(credit)
    registering = expecting.registering(ids)
    for decision in decisions:
        opportunity = decision.opportunity
        own = credits[opportunity.pk]
        share, unknown = _share(opportunity, own, registering.get(opportunity.pk, frozenset()), expecting, rates, on=on)
        account, product = opportunity.account, opportunity.product
        yield (
            opportunity,
            SellerDeal(
                name=opportunity.name,
                seller=opportunity.owner_name,
                product=product.name if product else "",
                segment=account.industry if account else "",
                way=_way(decision, own),
                amount=Money(opportunity.amount_minor or 0, opportunity.currency),
                partner_share=share,
                share_unknown=unknown,
            ),
        )


def _way(decision: Decision, credits: Sequence[Credit]) -> SaleWay:
    if decision.credit_class == "influenced":
        return SaleWay.INFLUENCED
    resold = any(credit.role == "source" and credit.partner.type in RESELLING for credit in credits)
    return SaleWay.RESALE if resold else SaleWay.SOURCED


def _share(
    opportunity: Opportunity,
    credits: Sequence[Credit],
    registering: frozenset[int],
    expecting: Expecting,
    rates: DayRates,
    *,
    on: date,
) -> tuple[Money | None, str]:
    """Return what partners earn of a deal in its currency, or why that cannot be named."""
    total = Money(0, opportunity.currency)
    for share in expecting.shares(opportunity, credits, registering=registering, on=on):
        amount = share.expectation.amount
        if amount is None:
            return None, f"{share.partner.name}: {share.expectation.reason}"
        rate = rates.rate(amount.currency, opportunity.currency)
        if rate is None:
            return None, f"There is no exchange rate from {amount.currency} to {opportunity.currency}."
        total += amount.converted(rate=rate, currency=opportunity.currency, rounding=Rounding.HALF_EVEN)
    return total, ""


def _row(
    version: SellerPayVersion, deal: SellerDeal, compared: PayComparison, opportunity: Opportunity, *, at: datetime
) -> SellerPayCheck:
    return SellerPayCheck(
        workspace_id=version.workspace_id,
        opportunity=opportunity,
        version=version,
        seller=deal.seller,
        way=PayWay(deal.way.value),
        currency=deal.amount.currency,
        amount_minor=deal.amount.minor,
        partner_minor=deal.partner_share.minor if deal.partner_share else None,
        direct_minor=compared.direct.minor if compared.direct else None,
        partnered_minor=compared.with_partner.minor if compared.with_partner else None,
        difference_minor=compared.difference.minor if compared.difference else None,
        verdict=compared.verdict.value,
        cause=compared.cause.value,
        explanation=compared.explanation.as_json(),
        checked_at=at,
    )
