"""Marks invoices that must be settled again.

A mark is a plain row, written in the transaction of the change that causes it; marking never waits for a settlement in
progress, and a mark made while one runs is found by the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from tallystick.commissions.models import PendingInvoice
from tallystick.crm.models import Invoice, Opportunity
from tallystick.platform.database.bulk import any_of, insert_rows
from tallystick.platform.tenancy import current_workspace_id


def mark_invoices(*, invoice_ids: Iterable[int]) -> None:
    """Mark these invoices."""
    workspace_id = current_workspace_id()
    insert_rows(
        PendingInvoice,
        columns=("workspace_id", "invoice_id"),
        rows=((workspace_id, invoice_id) for invoice_id in invoice_ids),
    )


def mark_invoices_of_deals(*, opportunity_ids: Iterable[int]) -> None:
    """Mark the invoices of these opportunities and of the subscriptions they began."""
    deals = any_of(opportunity_ids)
    _mark(Invoice.objects.filter(Q(opportunity_id__in=deals) | Q(subscription__opportunity_id__in=deals)))


def mark_invoices_of_partner(*, partner_id: int, issued_from: date) -> None:
    """Mark what a partner is credited for and was invoiced from a day on, for a change of its tier."""
    _mark(_credited(Q(credits__partner_id=partner_id), issued_from))


def invoices_of_track(*, partner_type: str, issued_from: date) -> QuerySet[Invoice]:
    """Return what partners of a type are credited for and was invoiced from a day on."""
    return _credited(Q(credits__partner__type=partner_type), issued_from)


def mark_invoices_of_track(*, partner_type: str, issued_from: date) -> None:
    """Mark what partners of a type are credited for and was invoiced from a day on, for a new plan."""
    _mark(invoices_of_track(partner_type=partner_type, issued_from=issued_from))


def _credited(credits: Q, issued_from: date) -> QuerySet[Invoice]:
    deals = Opportunity.objects.filter(credits, credits__is_current=True).values("pk")
    invoices = Invoice.objects.filter(issued_on__gte=issued_from)
    return invoices.filter(Q(opportunity_id__in=deals) | Q(subscription__opportunity_id__in=deals))


def _mark(invoices: QuerySet[Invoice]) -> None:
    mark_invoices(invoice_ids=invoices.order_by("pk").values_list("pk", flat=True))


def mark_import(import_id: int) -> int:
    """Mark every invoice an import brought, changed or has a bearing on; return how many.

    That is the invoices of its invoice lines, payments, refunds and credit notes, of the deals (with their renewals),
    accounts and products it changed, and those paid or credited in the days of its exchange rates.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK_IMPORT, {"workspace": current_workspace_id(), "import": import_id})
        return int(cursor.rowcount)


_TOUCHED = "workspace_id = %(workspace)s AND (added_by_import_id = %(import)s OR changed_by_import_id = %(import)s)"

_MARK_IMPORT = f"""
WITH days AS (SELECT min(day) AS first, max(day) + 7 AS last FROM crm_exchangerate WHERE {_TOUCHED})
INSERT INTO commissions_pendinginvoice (workspace_id, invoice_id, cause_import_id)
SELECT %(workspace)s, touched.invoice_id, %(import)s FROM (
    SELECT id AS invoice_id FROM crm_invoice WHERE {_TOUCHED}
    UNION SELECT invoice_id FROM crm_invoiceline WHERE {_TOUCHED}
    UNION SELECT invoice_id FROM crm_payment WHERE {_TOUCHED}
    UNION SELECT invoice_id FROM crm_refund WHERE {_TOUCHED}
    UNION SELECT invoice_id FROM crm_creditnote WHERE {_TOUCHED}
    UNION SELECT id FROM crm_invoice WHERE workspace_id = %(workspace)s
        AND opportunity_id IN (SELECT id FROM crm_opportunity WHERE {_TOUCHED})
    UNION SELECT id FROM crm_invoice WHERE workspace_id = %(workspace)s
        AND subscription_id IN (SELECT id FROM crm_subscription WHERE {_TOUCHED})
    UNION SELECT invoice.id FROM crm_invoice invoice
        JOIN crm_subscription subscription ON subscription.id = invoice.subscription_id
        WHERE invoice.workspace_id = %(workspace)s
        AND subscription.opportunity_id IN (SELECT id FROM crm_opportunity WHERE {_TOUCHED})
    UNION SELECT id FROM crm_invoice WHERE workspace_id = %(workspace)s
        AND account_id IN (SELECT id FROM crm_account WHERE {_TOUCHED})
    UNION SELECT invoice_id FROM crm_invoiceline WHERE workspace_id = %(workspace)s
        AND product_id IN (SELECT id FROM crm_product WHERE {_TOUCHED})
    UNION SELECT payment.invoice_id FROM crm_payment payment, days
        WHERE payment.workspace_id = %(workspace)s AND payment.received_on BETWEEN days.first AND days.last
    UNION SELECT note.invoice_id FROM crm_creditnote note, days
        WHERE note.workspace_id = %(workspace)s AND note.issued_on BETWEEN days.first AND days.last
) touched
"""  # noqa: S608 - the parts are constants of this module
