"""Links facts that came before what they refer to: deals loaded before their accounts end as if loaded after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from psycopg import Cursor, sql

from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.readers import copy_text
from tallystick.crm.rules.references import account_key, product_key
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.crm.services.merging import keep_before_images_of
from tallystick.crm.services.references import REFERENCES, Reference, look_up
from tallystick.crm.services.scope import ImportScope

_AT_ONCE: Final = 10_000
_WAITING: Final[dict[Kind, tuple[str, tuple[Kind, ...], Callable[[str], str]]]] = {
    Kind.ACCOUNTS: ("account", (Kind.OPPORTUNITIES, Kind.CONTACTS), account_key),
    Kind.PRODUCTS: ("product", (Kind.OPPORTUNITIES,), product_key),
}
"""The kind that was loaded, what others call it, which of them wait for it, and the key of its name."""


def link_waiting_facts(raw: Cursor[Any], scope: ImportScope, *, loaded: Kind) -> int:
    """Link facts that name what has just been loaded, as changes of this import; return how many."""
    if loaded not in _WAITING:
        return 0
    name, kinds, key_of = _WAITING[loaded]
    reference = next(reference for reference in REFERENCES if reference.name == name)
    return sum(
        _link(raw, scope, reference, kind, source, key_of)
        for kind in kinds
        for source in _sources(raw, scope, reference, kind)
    )


def _sources(raw: Cursor[Any], scope: ImportScope, reference: Reference, kind: Kind) -> list[str]:
    raw.execute(
        sql.SQL("SELECT DISTINCT source FROM {table} WHERE {waiting} ORDER BY source").format(
            **_parts(scope, reference, kind)
        )
    )
    return [str(source) for (source,) in raw.fetchall()]


def _link(
    raw: Cursor[Any], scope: ImportScope, reference: Reference, kind: Kind, source: str, key_of: Callable[[str], str]
) -> int:
    parts = _parts(scope, reference, kind) | {"same_source": sql.SQL("source = {}").format(source)}
    key = f"{reference.name}_key"
    raw.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(reference.found))
    raw.execute(
        sql.SQL("CREATE TEMPORARY TABLE {found} ({named} text, {key} text, fact_id bigint) ON COMMIT DROP").format(
            key=sql.Identifier(key), **parts
        )
    )
    query = sql.SQL("SELECT DISTINCT {named} FROM {table} WHERE {waiting} AND {same_source}").format(**parts)
    with raw.connection.cursor(name="waiting_facts") as stream:
        stream.execute(query)
        while rows := stream.fetchmany(_AT_ONCE):
            with raw.copy(sql.SQL("COPY {found} FROM STDIN").format(**parts)) as copy:
                copy.write("".join(f"{copy_text(named)}\t{copy_text(key_of(named))}\t\\N\n" for (named,) in rows))
    look_up(raw, reference, workspace_id=scope.workspace_id, source=source, columns=(reference.named, key))
    linked = sql.SQL(
        "SELECT t.id FROM {table} t JOIN {found} f USING ({named}) "
        "WHERE t.workspace_id = {workspace} AND t.{link} IS NULL AND t.{same_source} AND f.fact_id IS NOT NULL"
    ).format(**parts)
    if not keep_before_images_of(raw, scope, kind=kind.value, ids=linked):
        return 0
    raw.execute(
        sql.SQL(
            "UPDATE {table} t SET {link} = f.fact_id, changed_by_import_id = {batch} FROM {found} f "
            "WHERE t.workspace_id = {workspace} AND t.{link} IS NULL AND t.{same_source} AND f.{named} = t.{named} "
            "AND f.fact_id IS NOT NULL"
        ).format(batch=scope.import_id, **parts)
    )
    return raw.rowcount


def _parts(scope: ImportScope, reference: Reference, kind: Kind) -> dict[str, sql.Composable]:
    link = sql.Identifier(f"{reference.name}_id")
    named = sql.Identifier(reference.named)
    return {
        "table": sql.Identifier(FACT_MODELS[kind.value]._meta.db_table),
        "found": reference.found,
        "link": link,
        "named": named,
        "workspace": sql.Literal(scope.workspace_id),
        "waiting": sql.SQL("workspace_id = {} AND {} IS NULL AND {} <> ''").format(scope.workspace_id, link, named),
    }
