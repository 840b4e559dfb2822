"""When facts are imported, or an import is undone, what follows from them is decided and settled again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from tallystick.attribution.services import forget_import as forget_decisions
from tallystick.attribution.services import mark_import as mark_opportunities_of_import
from tallystick.commissions.services import forget_import as forget_settlements
from tallystick.commissions.services import lines_resting_on_import
from tallystick.commissions.services import mark_import as mark_invoices_of_import
from tallystick.crm.models import Import
from tallystick.crm.services.loading import ImportResult
from tallystick.crm.services.loading import run_import as load_facts
from tallystick.crm.services.reading import FileRequest
from tallystick.crm.services.undoing import UndoRefused
from tallystick.crm.services.undoing import undo_import as take_back_facts
from tallystick.deals.conflicts import conflicts_on_import
from tallystick.deals.models import Conflict
from tallystick.flows.jobs import decide_soon
from tallystick.platform.actors import Actor

_MOST_NAMED: Final = 3


def run_import(
    actor: Actor, *, request: FileRequest, at: datetime, on_rows: Callable[[int], None] | None = None
) -> ImportResult:
    """Load a file and mark what it touched, in one transaction; see `crm.services.loading.run_import`."""
    return load_facts(actor, request=request, at=at, on_rows=on_rows, and_then=_mark)


def undo_import(actor: Actor, *, import_id: int, at: datetime, reason: str = "") -> Import:
    """Undo an import with the decisions made from it; see `crm.services.undoing.undo_import`.

    Raises UndoRefused when commissions were booked on what it brought, or claims to it stand, or stood, against each
    other: neither books nor rulings are taken back.
    """
    return take_back_facts(actor, import_id=import_id, at=at, before=_forget, reason=reason)


def _named(cases: Sequence[Conflict]) -> str:
    """Name the cases that stand in the way, three at most: "conflicts CF-3 (Cellvia) and CF-4 (Bolt) are about"."""
    first = [f"{case.reference} ({case.company})" for case in cases[:_MOST_NAMED]]
    if len(cases) > _MOST_NAMED:
        first.append(f"{len(cases) - _MOST_NAMED:,} more")
    if len(first) == 1:
        return f"conflict {first[0]} is about"
    return f"conflicts {', '.join(first[:-1])} and {first[-1]} are about"


def _mark(result: ImportResult) -> None:
    mark_opportunities_of_import(result.import_id)
    mark_invoices_of_import(result.import_id)
    decide_soon()


def _forget(batch: Import) -> None:
    booked = lines_resting_on_import(batch.pk)
    if booked:
        raise UndoRefused(
            f"The import of {batch.file_name} cannot be undone: {booked:,} commission lines rest on its opportunities. "
            "Correct the facts with a new import instead; the books follow."
        )
    if cases := conflicts_on_import(import_id=batch.pk):
        raise UndoRefused(
            f"The import of {batch.file_name} cannot be undone: {_named(cases)} its deals, and what was claimed and "
            "ruled stays on record. Correct the facts with a new import instead; the deals are decided again, and "
            "rulings hold."
        )
    mark_opportunities_of_import(batch.pk)
    mark_invoices_of_import(batch.pk)
    forget_decisions(batch.pk)
    forget_settlements(batch.pk)
    decide_soon()
