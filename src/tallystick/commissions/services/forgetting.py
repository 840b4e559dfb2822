"""Takes back what was derived from an import that is being undone; booked lines are never taken back."""

from __future__ import annotations

from tallystick.commissions.models import BlockedLine, CommissionLine, PendingInvoice


def lines_resting_on_import(import_id: int) -> int:
    """Return how many booked lines rest on decisions about opportunities the import added."""
    return CommissionLine.objects.filter(decision__opportunity__added_by_import_id=import_id).count()


def forget_import(import_id: int) -> None:
    """Remove marks and blocked lines of the invoices an import added, before they go themselves.

    Runs in the transaction of the undoing.
    """
    PendingInvoice.objects.filter(invoice__added_by_import_id=import_id).delete()
    BlockedLine.objects.filter(invoice__added_by_import_id=import_id).delete()
