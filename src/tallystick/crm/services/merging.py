"""One upsert a table: new facts are inserted, changed ones kept as they were and updated, equal ones not touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from psycopg import Cursor, sql

from tallystick.crm.models import ImportChange
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.crm.services.scope import ImportScope, count


@dataclass(frozen=True, slots=True)
class Merged:
    """How many facts of a table were added and changed."""

    added: int
    changed: int


def merge_facts(
    raw: Cursor[Any], scope: ImportScope, *, model: type[models.Model], kind: str, relation: str, columns: Sequence[str]
) -> Merged:
    """Bring the rows of `relation` (external_id and `columns`) into the model's table by natural key.

    Columns that the relation does not have keep what they hold. What a changed fact was before goes into
    `ImportChange`. The relation must not hold a key twice.
    """
    parts: dict[str, sql.Composable] = {
        "table": sql.Identifier(model._meta.db_table),
        "relation": sql.Identifier(relation),
        "workspace": sql.Literal(scope.workspace_id),
        "source": sql.Literal(scope.source),
        "batch": sql.Literal(scope.import_id),
        "ours": _listed("s", columns),
        "theirs": _listed("t", columns),
    }
    known = count(
        raw,
        sql.SQL(
            "SELECT count(*) FROM "
            "(SELECT 1 FROM {table} WHERE workspace_id = {workspace} AND source = {source} LIMIT 1) k"
        ).format(**parts),
    )
    changed = _keep_before_images(raw, kind, parts) if known else 0
    written = _upsert(raw, model=model, columns=columns, parts=parts, only_different=bool(known))
    return Merged(added=written - changed, changed=changed)


def _keep_before_images(raw: Cursor[Any], kind: str, parts: Mapping[str, sql.Composable]) -> int:
    raw.execute(
        sql.SQL(
            "INSERT INTO {changes} (workspace_id, batch_id, fact_kind, fact_id, before) "
            "SELECT {workspace}, {batch}, {kind}, t.id, to_jsonb(t) FROM {relation} s JOIN {table} t "
            "ON t.workspace_id = {workspace} AND t.source = {source} AND t.external_id = s.external_id "
            "WHERE ({theirs}) IS DISTINCT FROM ({ours})"
        ).format(changes=sql.Identifier(ImportChange._meta.db_table), kind=sql.Literal(kind), **parts)
    )
    return raw.rowcount


def _upsert(
    raw: Cursor[Any],
    *,
    model: type[models.Model],
    columns: Sequence[str],
    parts: Mapping[str, sql.Composable],
    only_different: bool,
) -> int:
    """Insert or update. Equal rows are left out beforehand: an update that changes nothing would still lock them."""
    constants = defaults_of_absent(model, columns)
    statement = sql.SQL(
        "INSERT INTO {table} (workspace_id, source, external_id, added_by_import_id, {names}) "
        "SELECT {workspace}, {source}, s.external_id, {batch}, {values} FROM {relation} s {different} "
        "ON CONFLICT (workspace_id, source, external_id) DO UPDATE SET {updates}, changed_by_import_id = {batch}"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, (*columns, *constants))),
        values=sql.SQL(", ").join([_listed("s", columns), *map(sql.Literal, constants.values())]),
        updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in columns),
        different=sql.SQL(
            "LEFT JOIN {table} t ON t.workspace_id = {workspace} AND t.source = {source} "
            "AND t.external_id = s.external_id WHERE t.id IS NULL OR ({theirs}) IS DISTINCT FROM ({ours})"
        ).format(**parts)
        if only_different
        else sql.SQL(""),
        **parts,
    )
    raw.execute(statement)
    return raw.rowcount


def defaults_of_absent(model: type[models.Model], columns: Sequence[str]) -> dict[str, Any]:
    """Return values for the columns of a new fact that the file says nothing about and PostgreSQL cannot default."""
    given = {*columns, "id", "workspace_id", "source", "external_id", "added_by_import_id"}
    absent: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if column.column not in given and not column.null and column.db_default is models.NOT_PROVIDED:
            default = column.get_default()
            absent[str(column.column)] = "" if default is None else default
    return absent


def _listed(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(table, column) for column in columns)


def keep_before_images_of(raw: Cursor[Any], scope: ImportScope, *, kind: str, ids: sql.Composable) -> int:
    """Keep what the facts of a kind look like whose ids the query `ids` selects, before this import changes them."""
    raw.execute(
        sql.SQL(
            "INSERT INTO {changes} (workspace_id, batch_id, fact_kind, fact_id, before) "
            "SELECT {workspace}, {batch}, {kind}, t.id, to_jsonb(t) FROM {table} t WHERE t.id IN ({ids}) "
            "ON CONFLICT DO NOTHING"
        ).format(
            changes=sql.Identifier(ImportChange._meta.db_table),
            workspace=scope.workspace_id,
            batch=scope.import_id,
            kind=kind,
            table=sql.Identifier(FACT_MODELS[kind]._meta.db_table),
            ids=ids,
        )
    )
    return raw.rowcount
