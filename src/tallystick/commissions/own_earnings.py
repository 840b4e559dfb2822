"""A partner's own commission lines and statements, with what it may know of the invoices behind them.

Lines and statements are read in the partner's scope. Of an invoice only its number, its customer and the kind of its
line are read on the vendor's side, by the ids the partner's own lines name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tallystick.commissions.approvals import with_progress
from tallystick.commissions.models import CommissionLine, Statement
from tallystick.crm.models import DealKind, InvoiceLine
from tallystick.kernel.money import Money
from tallystick.platform.database.bulk import any_of
from tallystick.platform.tenancy import vendor_side

_DEAL: Final = Coalesce("invoice__opportunity_id", "invoice__subscription__opportunity_id")


@dataclass(frozen=True, slots=True)
class PaidInvoiceLine:
    """All that a partner may know of the invoice line a commission is for."""

    invoice_number: str
    customer: str
    position: int
    kind: DealKind


def own_lines(*, partner_id: int) -> QuerySet[CommissionLine]:
    """Return the partner's lines, latest first, with what tells their state and their statement."""
    lines = CommissionLine.objects.filter(partner_id=partner_id)
    lines = lines.select_related("reversed_by", "plan__track", "statement_line__statement")
    return with_progress(lines).order_by("-booked_on", "-id")


def paid_invoice_lines(lines: Iterable[CommissionLine]) -> Mapping[int, PaidInvoiceLine]:
    """Return the invoice lines behind commission lines of the partner in scope, by id. One query."""
    wanted = {line.invoice_line_id for line in lines}
    with vendor_side():
        rows = InvoiceLine.objects.filter(pk__in=any_of(wanted)).values_list(
            "pk", "invoice__number", "invoice__account__name", "position", "kind"
        )
        return {key: PaidInvoiceLine(number, name, at, DealKind(kind)) for key, number, name, at, kind in rows}


def earned_on_deals(*, partner_id: int, opportunity_ids: Sequence[int]) -> Mapping[int, tuple[Money, ...]]:
    """Return what the partner has earned so far on each of its deals, renewals included, one amount a currency."""
    rows = (
        _of_deals(partner_id=partner_id, opportunity_ids=opportunity_ids)
        .values("currency", deal=_DEAL)
        .annotate(earned=Sum("amount_minor"))
        .order_by("deal", "currency")
    )
    found: dict[int, tuple[Money, ...]] = {}
    with vendor_side():
        for row in rows:
            if row["earned"]:
                found[row["deal"]] = (*found.get(row["deal"], ()), Money(int(row["earned"]), row["currency"]))
    return found


def lines_of_deal(*, partner_id: int, opportunity_id: int) -> list[CommissionLine]:
    """Return the partner's lines on one of its deals, oldest first."""
    found = _of_deals(partner_id=partner_id, opportunity_ids=[opportunity_id])
    with vendor_side():
        ids = list(found.values_list("pk", flat=True))
    return list(own_lines(partner_id=partner_id).filter(pk__in=any_of(ids)).order_by("booked_on", "id"))


def sums_of(lines: QuerySet[CommissionLine]) -> tuple[Money, ...]:
    """Return what lines come to, one amount a currency."""
    rows = lines.order_by("currency").values_list("currency").annotate(total=Sum("amount_minor"))
    return tuple(Money(int(total), currency) for currency, total in rows)


def months_with_lines(*, partner_id: int) -> list[date]:
    """Return the first days of the months in which the partner has lines, latest first."""
    months = CommissionLine.objects.filter(partner_id=partner_id).dates("booked_on", "month", order="DESC")
    return list(months)


def own_statements(*, partner_id: int) -> QuerySet[Statement]:
    """Return the partner's statements, latest month first."""
    return Statement.objects.filter(partner_id=partner_id).order_by("-month", "currency")


def _of_deals(*, partner_id: int, opportunity_ids: Sequence[int]) -> QuerySet[CommissionLine]:
    """Return the partner's lines on the deals; an invoice without a deal belongs to that of its subscription.

    To be evaluated on the vendor's side: which invoice belongs to which deal is the vendor's to know.
    """
    lines = CommissionLine.objects.filter(partner_id=partner_id)
    of_deals = Q(invoice__opportunity_id__in=any_of(opportunity_ids)) | Q(
        invoice__opportunity__isnull=True, invoice__subscription__opportunity_id__in=any_of(opportunity_ids)
    )
    return lines.filter(of_deals)
