"""Bulk writing: COPY into a temporary table, then one INSERT … SELECT under the policies of the target table.

PostgreSQL refuses a direct COPY into a table with row-level security; the detour costs little and lets conflicts be
settled in the same statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import RawSQL
from psycopg import sql

from tallystick.kernel.canonical import sha256_hex


def any_of(ids: Iterable[int]) -> RawSQL:
    """Return a list of ids for `filter(pk__in=any_of(ids))` as one array parameter.

    Thousands of ids as a parameter each cost more to send and to parse than the rows they find.
    """
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def is_one_of(field: str, ids: Iterable[int]) -> Q:
    """Return the condition that a field holds one of these ids: one array that an index looks up, also beside an or.

    `any_of` is for lists that may be longer than the rows they meet; the planner then joins.
    """
    array = Value(list(ids), output_field=ArrayField(models.BigIntegerField()))
    condition = Func(
        F(field), array, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=models.BooleanField()
    )
    return Q(condition)


def any_key_of(keys: Iterable[str]) -> RawSQL:
    """Return a list of texts for `filter(key__in=any_key_of(keys))`, as `any_of` does for ids."""
    return RawSQL("SELECT unnest(%s::text[])", [list(keys)])


def insert_rows(
    model: type[models.Model],
    *,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    skip_existing: bool = False,
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert many rows at once and return the columns asked for of those inserted, in no particular order.

    `skip_existing` leaves rows alone that a unique constraint already holds. Joins the caller's transaction, or is one
    itself; memory does not grow with the number of rows unless `returning` is asked for.
    """
    target = sql.Identifier(model._meta.db_table)
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    joined = transaction.atomic(savepoint=False)
    with joined, connection.cursor() as cursor, connection.wrap_database_errors:
        raw = cursor.cursor
        staging = _staging_table(raw, model=model, columns=columns)
        with raw.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(staging, names)) as copy:
            for row in rows:
                copy.write_row(row)
        statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, names, names, staging)
        if skip_existing:
            statement += sql.SQL(" ON CONFLICT DO NOTHING")
        if returning:
            statement += sql.SQL(" RETURNING ") + sql.SQL(", ").join(sql.Identifier(name) for name in returning)
        raw.execute(statement)
        found: list[tuple[Any, ...]] = raw.fetchall() if returning else []
        raw.execute(sql.SQL("TRUNCATE {}").format(staging))
    return found


def _staging_table(raw: Any, *, model: type[models.Model], columns: Sequence[str]) -> sql.Identifier:
    """Return the session's staging table for these columns, made on first use and empty after each commit."""
    table = model._meta.db_table
    mark = sha256_hex(",".join(columns))[:8]
    name = f"incoming_{table}_{mark}"[:63]
    staging = sql.Identifier("pg_temp", name)
    raw.execute("SELECT to_regclass(%s)", [f"pg_temp.{name}"])
    if raw.fetchone()[0] is None:
        names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        raw.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} WITH NO DATA").format(
                sql.Identifier(name), names, sql.Identifier(table)
            )
        )
    return staging
