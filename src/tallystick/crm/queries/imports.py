"""Imports: which there were, which a name finds, and which facts one touched."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from tallystick.crm.models import (
    ColumnMapping,
    CreditNote,
    Import,
    ImportRefusal,
    Invoice,
    InvoiceLine,
    Opportunity,
    Payment,
    Refund,
)


def latest_imports() -> QuerySet[Import]:
    """Return the workspace's imports, the latest first."""
    return Import.objects.order_by("-started_at", "-pk")


def refusals_of(*, import_id: int) -> QuerySet[ImportRefusal]:
    """Return the refused rows of an import in the order of the file."""
    return ImportRefusal.objects.filter(batch_id=import_id).order_by("line", "pk")


def column_mappings() -> QuerySet[ColumnMapping]:
    """Return the saved column mappings by name."""
    return ColumnMapping.objects.order_by("name")


def opportunities_of_import(*, import_id: int) -> QuerySet[Opportunity]:
    """Return the opportunities that an import added or changed, in key order, for a set-wise statement."""
    return Opportunity.objects.filter(_touched(import_id)).order_by("pk")


def invoices_of_import(*, import_id: int) -> QuerySet[Invoice]:
    """Return the invoices that an import touched: themselves, their lines, payments, refunds or credit notes."""
    own = Invoice.objects.filter(_touched(import_id)).values("pk")
    others = [
        InvoiceLine.objects.filter(_touched(import_id)).values("invoice_id"),
        Payment.objects.filter(_touched(import_id)).values("invoice_id"),
        Refund.objects.filter(_touched(import_id)).values("invoice_id"),
        CreditNote.objects.filter(_touched(import_id)).values("invoice_id"),
    ]
    return Invoice.objects.filter(pk__in=own.union(*others)).order_by("pk")


def _touched(import_id: int) -> Q:
    return Q(added_by_import_id=import_id) | Q(changed_by_import_id=import_id)
