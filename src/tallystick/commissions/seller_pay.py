"""Reads on AE pay: the table in force, its versions, and how deals with partners compare."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, QuerySet, Sum

from tallystick.commissions.models import PayVerdict, SellerPayCheck, SellerPayVersion
from tallystick.commissions.rules.seller_pay import PaidOn, PayRate, PayTable
from tallystick.kernel.money import Money


def pay_versions() -> QuerySet[SellerPayVersion]:
    """Return every version of the table, the latest first."""
    return SellerPayVersion.objects.order_by("-number")


def pay_table(version: SellerPayVersion) -> PayTable:
    """Return a version as the rule takes it. One query."""
    rows = version.rates.order_by("seller", "product", "segment", "pk")
    return PayTable(
        version.number,
        PaidOn(version.paid_on),
        version.tolerance_percent,
        tuple(
            PayRate(
                seller=row.seller,
                product=row.product,
                segment=row.segment,
                direct=row.direct,
                sourced=row.sourced,
                influenced=row.influenced,
                resale=row.resale,
            )
            for row in rows
        ),
    )


def pay_checks(*, sellers: Sequence[str] | None) -> QuerySet[SellerPayCheck]:
    """Return the deals compared, those of `sellers` alone where they are given."""
    checks = SellerPayCheck.objects.select_related("opportunity__account")
    return checks if sellers is None else checks.filter(seller__in=sellers)


def verdict_totals(checks: QuerySet[SellerPayCheck]) -> list[tuple[PayVerdict, int, list[Money]]]:
    """Return for each verdict how many deals have it and what they differ by, a sum a currency. One query."""
    rows = (
        checks.order_by("verdict", "currency")
        .values_list("verdict", "currency")
        .annotate(n=Count("pk"), together=Sum("difference_minor"))
    )
    found: dict[PayVerdict, tuple[int, list[Money]]] = {}
    for verdict, currency, count, minor in rows:
        counted, sums = found.get(PayVerdict(verdict), (0, []))
        found[PayVerdict(verdict)] = counted + count, sums if minor is None else [*sums, Money(int(minor), currency)]
    return [(verdict, *found[verdict]) for verdict in PayVerdict if verdict in found]
