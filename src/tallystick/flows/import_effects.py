"""What followed from an import so far, and what undoing it would take along, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from tallystick.attribution.models import CreditClass, Decision, PendingOpportunity
from tallystick.attribution.uncredited import UncreditedWins, uncredited_wins
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.services import lines_resting_on_import
from tallystick.crm.models import FactKind, Import
from tallystick.crm.queries.imports import invoices_of_import, opportunities_of_import


@dataclass(frozen=True, slots=True)
class ImportEffects:
    """What followed from an import: decisions made and waiting, gaps found, commission lines of its invoices."""

    waiting: int = 0
    decided: int = 0
    credited: int = 0
    gaps: int = 0
    uncredited: UncreditedWins = field(default_factory=UncreditedWins)
    lines: int = 0


def effects_of(batch: Import) -> ImportEffects:
    """Return what followed from an import of the workspace in scope so far; nothing for kinds that decide nothing."""
    match FactKind(batch.kind):
        case FactKind.OPPORTUNITIES | FactKind.ACCOUNTS | FactKind.SALES_ACTIVITIES:
            return _of_opportunities(batch)
        case FactKind.INVOICES | FactKind.PAYMENTS | FactKind.REFUNDS | FactKind.CREDIT_NOTES:
            invoices = invoices_of_import(import_id=batch.pk).order_by().values("pk")
            return ImportEffects(lines=CommissionLine.objects.filter(invoice_id__in=invoices).count())
        case _:
            return ImportEffects()


def booked_on(batch: Import) -> int:
    """Return how many commission lines rest on what the import added: while there are any, it cannot be undone."""
    return lines_resting_on_import(batch.pk)


def _of_opportunities(batch: Import) -> ImportEffects:
    waiting = PendingOpportunity.objects.filter(cause_import_id=batch.pk).values("opportunity_id").distinct().count()
    touched = opportunities_of_import(import_id=batch.pk).order_by().values("pk")
    decisions = Decision.objects.filter(is_current=True, opportunity_id__in=touched)
    return ImportEffects(
        waiting=waiting,
        decided=decisions.count(),
        credited=decisions.exclude(credit_class=CreditClass.DIRECT).count(),
        gaps=decisions.exclude(gaps=[]).count(),
        uncredited=uncredited_wins(import_id=batch.pk),
        lines=booked_on(batch),
    )
