"""Brings one file in as a whole: everything it says, or nothing.

The rows are streamed into a temporary table, references are found, contradictions refused and one upsert made, in one
transaction. docs/how-to/import.md says what a user can rely on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg import Cursor

from tallystick.crm.models import Import, ImportState
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.problems import ImportProblem, ReadingMisfit
from tallystick.crm.rules.staging import Context, Remarks
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.crm.services.interrupted import close_interrupted_imports, mark_running
from tallystick.crm.services.invoices import merge_invoices
from tallystick.crm.services.late_links import link_waiting_facts
from tallystick.crm.services.linking import link_rows, name_rates
from tallystick.crm.services.merging import Merged, merge_facts
from tallystick.crm.services.notes import notes_of
from tallystick.crm.services.progress import VisibleProgress
from tallystick.crm.services.reading import FilePlan, FileRequest, count_lines, file_hash, plan_file
from tallystick.crm.services.references import find_references
from tallystick.crm.services.refusals import keep_refusals
from tallystick.crm.services.row_checks import INCOMPLETE_INVOICE, checks_of, refuse_rows, settle_repeats
from tallystick.crm.services.scope import ImportScope, count, lock_imports
from tallystick.crm.services.stage_history import record_stage_changes
from tallystick.crm.services.staging import Staged, stage_file
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.crash_points import crash_point
from tallystick.platform.database.statistics import refresh_statistics
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

_MANY: Final = 1_000
_LARGE: Final = 10_000


class Outcome(StrEnum):
    """What a load came to."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What one file brought; of a file that was loaded before, the figures of that first time and `UNCHANGED`.

    `import_id` leads to the facts touched: `queries.imports.opportunities_of_import` and `invoices_of_import`.
    """

    outcome: Outcome
    import_id: int
    kind: Kind
    file_name: str
    rows_read: int
    added: int
    changed: int
    unchanged: int
    duplicate: int
    refused: int
    notes: tuple[str, ...]
    loaded_at: datetime


def run_import(
    actor: Actor,
    *,
    request: FileRequest,
    at: datetime,
    on_rows: Callable[[int], None] | None = None,
    and_then: Callable[[ImportResult], None] | None = None,
) -> ImportResult:
    """Load a file into the workspace in scope and return what came of it.

    `at` is the instant of the load. `and_then` runs in the load's transaction, before it commits. Joins a
    transaction of the caller; then its progress is not visible outside. A file loaded before without a refused row
    changes nothing and is not recorded again. Raises ImportProblem (UnreadableFile, AnswerNeeded, NothingToImport):
    then nothing of the file was loaded.
    """
    plan = plan_file(request)
    digest = file_hash(request.path)
    if (earlier := _loaded_before(plan, digest)) is not None:
        return _result(earlier, Outcome.UNCHANGED, notes=())
    batch = open_batch(actor, plan, digest, at)
    try:
        with transaction.atomic(), VisibleProgress(batch.pk, listener=on_rows) as progress:
            mark_running(batch.pk)
            lock_imports(batch.workspace_id)
            close_interrupted_imports(except_for=batch.pk, at=at)
            crash_point("import.started")
            result = load_batch(batch, plan, at=at, progress=progress)
            if and_then is not None:
                and_then(result)
            _record(actor, batch, result, at)
            crash_point("import.before_commit")
    except ImportProblem as problem:
        _fail(batch, str(problem), at)
        raise
    except BaseException:
        _fail(batch, "The load was interrupted by an error. Nothing was loaded.", at)
        raise
    crash_point("import.after_commit")
    return result


def _loaded_before(plan: FilePlan, digest: str) -> Import | None:
    return (
        Import.objects.filter(
            file_hash=digest,
            kind=plan.kind.value,
            source=plan.source,
            state=ImportState.DONE,
            rows_refused=0,
            reading__said=plan.request.as_json(),
        )
        .order_by("pk")
        .first()
    )


def open_batch(actor: Actor, plan: FilePlan, digest: str, at: datetime) -> Import:
    """Write down that a load begins."""
    return Import.objects.create(
        workspace_id=current_workspace_id(),
        kind=plan.kind.value,
        source=plan.source,
        file_name=plan.request.path.name[:255],
        file_hash=digest,
        reading=plan.as_json(),
        rows_total=max(count_lines(plan.request.path) - 1, 0),
        started_at=at,
        started_by_id=actor.person_id,
        started_by_label=actor.label,
    )


def load_batch(batch: Import, plan: FilePlan, *, at: datetime, progress: VisibleProgress) -> ImportResult:
    """Load a file within the transaction of the caller, who has locked the workspace's imports."""
    workspace = Workspace.objects.get(pk=batch.workspace_id)
    currency = plan.request.currency or workspace.currency
    scope = ImportScope(
        workspace_id=workspace.pk,
        import_id=batch.pk,
        source=plan.source,
        today=at.astimezone(ZoneInfo(workspace.time_zone)).date(),
        home_currency=currency,
    )
    zone = ZoneInfo(plan.request.time_zone or workspace.time_zone)
    staged, plan = _stage(plan, home_currency=currency, zone=zone, progress=progress)
    crash_point("import.after_copy")
    with connection.cursor() as cursor, _planned_for(staged.rows_read):
        raw = cursor.cursor
        duplicates = _prepare_rows(raw, scope, staged, kind=plan.kind)
        merged = _merge(raw, scope, staged, kind=plan.kind)
        crash_point("import.after_upsert")
        linked = link_waiting_facts(raw, scope, loaded=plan.kind)
        notes = notes_of(raw, plan, staged, home_currency=currency, linked=linked)
        kept = count(raw, "SELECT count(*) FROM import_rows")
        refused = keep_refusals(raw, scope, plan)
    if merged.added >= _MANY:
        # What is decided and settled next reads these tables, sooner than the server would look at them itself.
        transaction.on_commit(partial(refresh_statistics, FACT_MODELS.values()), robust=True)
    batch.reading = plan.as_json()
    batch.state = ImportState.DONE
    batch.message = "\n".join(notes)
    batch.finished_at = at
    batch.rows_total = batch.rows_read = staged.rows_read
    batch.rows_added, batch.rows_changed = merged.added, merged.changed
    batch.rows_unchanged = kept - merged.added - merged.changed
    batch.rows_duplicate, batch.rows_refused = duplicates, refused
    batch.save()
    return _result(batch, Outcome.LOADED, notes=notes)


@contextmanager
def _planned_for(rows: int) -> Iterator[None]:
    """Keep PostgreSQL from visiting a table row by row for a large file.

    Its figures about a table that has just grown are old: it takes a million facts for one and loops over them.
    """
    with connection.cursor() as cursor:
        if rows >= _LARGE:
            cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def _stage(plan: FilePlan, *, home_currency: str, zone: ZoneInfo, progress: VisibleProgress) -> tuple[Staged, FilePlan]:
    """Stage with the readings of the first rows; where a later row contradicts them, decide anew from all rows."""

    def staged(with_plan: FilePlan) -> Staged:
        context = Context(with_plan.readings, home_currency, zone, with_plan.provisional, Remarks())
        return stage_file(with_plan, context=context, on_rows=progress)

    try:
        return staged(plan), plan
    except ReadingMisfit:
        plan = plan.settled()
        return staged(plan), plan


def _prepare_rows(raw: Cursor[Any], scope: ImportScope, staged: Staged, *, kind: Kind) -> int:
    """Leave in `import_rows` only rows that can be loaded; return how many repeated another."""
    if kind is Kind.EXCHANGE_RATES:
        name_rates(raw, staged)
    duplicates = settle_repeats(raw, staged, kind=kind)
    find_references(raw, scope, staged)
    link_rows(raw, staged, kind=kind)
    for check in checks_of(kind, staged):
        refuse_rows(raw, scope, staged, check)
    if kind is Kind.INVOICES:
        refuse_rows(raw, scope, staged, INCOMPLETE_INVOICE)
    return duplicates


def _merge(raw: Cursor[Any], scope: ImportScope, staged: Staged, *, kind: Kind) -> Merged:
    if kind is Kind.INVOICES:
        return merge_invoices(raw, scope, staged)
    columns = link_rows(raw, staged, kind=kind)
    model = FACT_MODELS[kind.value]
    merged = merge_facts(raw, scope, model=model, kind=kind.value, relation="import_linked", columns=columns)
    if kind is Kind.OPPORTUNITIES and (merged.changed or staged.has("stage_changed_on")):
        record_stage_changes(raw, scope, staged)
    return merged


def _record(actor: Actor, batch: Import, result: ImportResult, at: datetime) -> None:
    record_activity(
        actor,
        verb="facts_imported",
        subject_kind="import",
        subject_id=batch.pk,
        summary=f"Imported {result.file_name}: {result.added:,} added, {result.changed:,} changed, "
        f"{result.refused:,} refused",
        data={
            "kind": result.kind.value,
            "file_hash": batch.file_hash,
            "added": result.added,
            "changed": result.changed,
            "unchanged": result.unchanged,
            "duplicate": result.duplicate,
            "refused": result.refused,
        },
        at=at,
    )


def _fail(batch: Import, message: str, at: datetime) -> None:
    if not connection.needs_rollback:
        Import.objects.filter(pk=batch.pk).update(state=ImportState.FAILED, message=message, finished_at=at)


def _result(batch: Import, outcome: Outcome, *, notes: tuple[str, ...]) -> ImportResult:
    return ImportResult(
        outcome=outcome,
        import_id=batch.pk,
        kind=Kind(batch.kind),
        file_name=batch.file_name,
        rows_read=batch.rows_read,
        added=batch.rows_added,
        changed=batch.rows_changed,
        unchanged=batch.rows_unchanged,
        duplicate=batch.rows_duplicate,
        refused=batch.rows_refused,
        notes=notes,
        loaded_at=batch.started_at,
    )
