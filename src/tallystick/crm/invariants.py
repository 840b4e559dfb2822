"""What must hold of imports and of the facts they brought, at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from tallystick.crm.models import Import, ImportChange, ImportRefusal, ImportState
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.platform.invariants import invariant
from tallystick.platform.models import ActivityEntry

LOADED = (ImportState.DONE, ImportState.UNDONE)


@invariant(id="I1", sentence="An import is all or nothing: what is not done, or was undone, has left no fact.")
def imports_are_whole() -> Iterator[str]:
    """Yield imports that were not finished, or were taken back, and of which something is left."""
    others = Import.objects.exclude(state=ImportState.DONE)
    for kind, model in FACT_MODELS.items():
        facts = model.objects.filter(Q(added_by_import__in=others) | Q(changed_by_import__in=others)).order_by("pk")
        for fact_id, added_by, changed_by in facts.values_list("pk", "added_by_import_id", "changed_by_import_id"):
            yield f"The {kind} {fact_id} is from import {changed_by or added_by}, which is not done."
    for change in ImportChange.objects.filter(batch__in=others).order_by("pk"):
        yield f"Import {change.batch_id} is not done and keeps what {change.fact_kind} {change.fact_id} was before."


@invariant(
    id="I2", sentence="Every row of an imported file is accounted for; each that was refused is kept with its reason."
)
def rows_are_accounted_for() -> Iterator[str]:
    """Yield imports whose rows do not add up, or whose refused rows are not all there."""
    whole = F("rows_added") + F("rows_changed") + F("rows_unchanged") + F("rows_duplicate") + F("rows_refused")
    done = Import.objects.filter(state__in=LOADED).annotate(told=whole, kept=Count("refusals__line", distinct=True))
    for batch in done.exclude(told=F("rows_read"), kept=F("rows_refused")).order_by("pk"):
        yield (
            f"Import {batch.pk} read {batch.rows_read} rows and accounts for {batch.told}; "
            f"it refused {batch.rows_refused} and keeps {batch.kept}."
        )
    for refusal in ImportRefusal.objects.filter(reason="").order_by("pk"):
        yield f"Line {refusal.line} of import {refusal.batch_id} was refused without a reason."


@invariant(id="A1", sentence="Every import that was loaded, and every one undone, is told once in the activity stream.")
def imports_are_in_the_activity_stream() -> Iterator[str]:
    """Yield imports without their entry, and entries without their import."""
    for verb, states in (("facts_imported", LOADED), ("import_undone", (ImportState.UNDONE,))):
        entries = ActivityEntry.objects.filter(verb=verb, subject_kind="import")
        imports = Import.objects.filter(state__in=states)
        silent = imports.exclude(Exists(entries.filter(subject_id=OuterRef("pk"))))
        for batch in silent.order_by("pk"):
            yield f"Import {batch.pk} has no entry {verb}."
        counted = entries.values_list("subject_id").annotate(told=Count("pk")).order_by("subject_id")
        known = set(imports.values_list("pk", flat=True))
        for import_id, told in counted:
            if told > 1 or import_id not in known:
                yield f"The entry {verb} of import {import_id} is there {told} times, and the import is not so."
