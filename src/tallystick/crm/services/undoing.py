"""Takes an import back as a whole, or says what has been built on it since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from psycopg import Cursor, sql

from tallystick.crm.models import Import, ImportChange, ImportState
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.crm.services.scope import count, lock_imports
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.crash_points import crash_point


class UndoRefused(ValueError):
    """The import cannot be taken back; the message says what stands on it."""


def undo_import(
    actor: Actor,
    *,
    import_id: int,
    at: datetime,
    before: Callable[[Import], None] | None = None,
    reason: str = "",
) -> Import:
    """Delete the facts an import added, restore those it changed, and keep the import as undone.

    `before` runs first in the same transaction: there the caller takes back what it derived from the facts.
    Raises UndoRefused, having changed nothing, when a later import changed the same facts or other facts and records
    refer to those that would go; Import.DoesNotExist for an import that is not in this workspace.
    """
    with transaction.atomic():
        batch = Import.objects.select_for_update().get(pk=import_id)
        if batch.state != ImportState.DONE:
            raise UndoRefused(
                f"The import of {batch.file_name} is {batch.get_state_display().lower()}: nothing to undo."
            )
        lock_imports(batch.workspace_id)
        if before is not None:
            before(batch)
        with connection.cursor() as cursor:
            raw = cursor.cursor
            if obstacles := [*_later_changes(raw, batch), *_references(raw, batch)]:
                raise UndoRefused(f"The import of {batch.file_name} cannot be undone: {'; '.join(obstacles)}.")
            restored = sum(_restore(raw, batch, kind, model) for kind, model in FACT_MODELS.items())
            removed = sum(_remove(raw, batch, model) for model in reversed(FACT_MODELS.values()))
        ImportChange.objects.filter(batch=batch).delete()
        batch.state = ImportState.UNDONE
        batch.undone_at = at
        batch.save(update_fields=["state", "undone_at"])
        record_activity(
            actor,
            verb="import_undone",
            subject_kind="import",
            subject_id=batch.pk,
            summary=f"Undid the import of {batch.file_name}: {removed:,} facts removed, {restored:,} restored",
            data={"removed": removed, "restored": restored, "reason": reason},
            at=at,
        )
        crash_point("undo.before_commit")
    return batch


def _later_changes(raw: Cursor[Any], batch: Import) -> Iterator[str]:
    """Name the facts of this import that another import has changed since."""
    for kind, model in FACT_MODELS.items():
        changed = count(
            raw,
            sql.SQL(
                "SELECT count(*) FROM {table} t "
                "WHERE (t.added_by_import_id = {batch} AND t.changed_by_import_id <> {batch}) "
                "OR (t.changed_by_import_id > {batch} AND t.id IN "
                "    (SELECT fact_id FROM crm_importchange WHERE batch_id = {batch} AND fact_kind = {kind}))"
            ).format(table=_table(model), batch=batch.pk, kind=kind),
        )
        if changed:
            yield f"a later import changed {changed:,} of its {_words(model)}"


def _references(raw: Cursor[Any], batch: Import) -> Iterator[str]:
    """Name what refers to facts that would be removed and would stay itself."""
    for model in FACT_MODELS.values():
        if not count(raw, _added(batch, model, "count(*)")):
            continue
        for relation in model._meta.get_fields(include_hidden=True):
            # Hidden are those that no attribute leads back by; rows stand on them all the same.
            if not isinstance(relation, models.ForeignObjectRel):
                continue
            referring = relation.related_model
            found = count(
                raw,
                sql.SQL("SELECT count(*) FROM {table} r WHERE r.{column} IN ({added}) AND {stays}").format(
                    table=_table(referring),
                    column=sql.Identifier(str(relation.field.column)),
                    added=_added(batch, model, "id"),
                    stays=_stays(batch, referring),
                ),
            )
            if found:
                yield f"{found:,} {_words(referring)} refer to its {_words(model)}"


def _stays(batch: Import, model: type[models.Model]) -> sql.Composable:
    """Leave out facts of this import, which go too, and those it linked itself, which are restored."""
    if model not in FACT_MODELS.values():
        return sql.SQL("true")
    return sql.SQL(
        "r.added_by_import_id IS DISTINCT FROM {batch} AND r.id NOT IN "
        "(SELECT fact_id FROM crm_importchange WHERE batch_id = {batch} AND fact_kind = {kind})"
    ).format(batch=batch.pk, kind=_kind(model))


def _restore(raw: Cursor[Any], batch: Import, kind: str, model: type[models.Model]) -> int:
    columns = [str(column.column) for column in model._meta.concrete_fields if column.column != "id"]
    raw.execute(
        sql.SQL(
            "UPDATE {table} t SET ({columns}) = ROW({restored}) FROM crm_importchange c, "
            "jsonb_populate_record(NULL::{table}, c.before) b "
            "WHERE c.batch_id = {batch} AND c.fact_kind = {kind} AND t.id = c.fact_id"
        ).format(
            table=_table(model),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            restored=sql.SQL(", ").join(sql.Identifier("b", column) for column in columns),
            batch=batch.pk,
            kind=kind,
        )
    )
    return raw.rowcount


def _remove(raw: Cursor[Any], batch: Import, model: type[models.Model]) -> int:
    raw.execute(sql.SQL("DELETE FROM {} WHERE added_by_import_id = {}").format(_table(model), batch.pk))
    return raw.rowcount


def _added(batch: Import, model: type[models.Model], what: str) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {} WHERE added_by_import_id = {}").format(sql.SQL(what), _table(model), batch.pk)


def _table(model: type[models.Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def _kind(model: type[models.Model]) -> str:
    return next(kind for kind, known in FACT_MODELS.items() if known is model)


def _words(model: type[models.Model]) -> str:
    names: dict[type[models.Model], str] = {known: kind.replace("_", " ") for kind, known in FACT_MODELS.items()}
    return names.get(model, str(model._meta.verbose_name_plural))
