"""Finds the facts that rows refer to, by set: each way to name one is looked up once, however many rows use it.

The order is: id in the file's own system, id in any system if only one has it, then name, then domain. A name that
fits several facts finds none: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from psycopg import Cursor, sql

from tallystick.crm.models import Account, Invoice, Opportunity, Payment, Product, Subscription
from tallystick.crm.services.scope import ImportScope
from tallystick.crm.services.staging import Staged


@dataclass(frozen=True, slots=True)
class Reference:
    """How a row refers to a fact: staged columns to the target's columns they are compared with, best first."""

    name: str
    model: type[models.Model]
    compared: tuple[tuple[str, str], ...]

    @property
    def named(self) -> str:
        """The staged column that holds the reference as it stands."""
        return f"{self.name}_named"

    @property
    def found(self) -> sql.Identifier:
        """The temporary table of what was found."""
        return sql.Identifier(f"import_found_{self.name}")

    def staged_columns(self, staged: Staged) -> tuple[str, ...]:
        """Return the staged columns that take part in this file."""
        others = (column for column, _ in self.compared if column != self.named)
        return (self.named, *(column for column in others if staged.has(column)))


REFERENCES = (
    Reference("account", Account, (("account_key", "normalised_name"), ("account_host", "domain"))),
    Reference("product", Product, (("product_key", "normalised_name"),)),
    Reference("opportunity", Opportunity, (("opportunity_named", "name"),)),
    Reference("subscription", Subscription, ()),
    Reference("invoice", Invoice, (("invoice_named", "number"),)),
    Reference("payment", Payment, ()),
)


def references_of(staged: Staged) -> tuple[Reference, ...]:
    """Return the references that the file's rows make."""
    return tuple(reference for reference in REFERENCES if staged.has(reference.named))


def find_references(raw: Cursor[Any], scope: ImportScope, staged: Staged) -> None:
    """Fill one temporary table a reference, with the facts found or NULL."""
    for reference in references_of(staged):
        columns = reference.staged_columns(staged)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        raw.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(reference.found))
        raw.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS "
                "SELECT DISTINCT {}, NULL::bigint AS fact_id FROM import_rows WHERE {} <> ''"
            ).format(reference.found, names, sql.Identifier(reference.named))
        )
        look_up(raw, reference, workspace_id=scope.workspace_id, source=scope.source, columns=columns)


def look_up(
    raw: Cursor[Any], reference: Reference, *, workspace_id: int, source: str, columns: tuple[str, ...]
) -> None:
    """Fill `fact_id` in the reference's table of what was found; `columns` are those the table has."""
    for lookup in _lookups(reference, workspace_id, source, columns):
        raw.execute(sql.SQL("SELECT 1 FROM {} WHERE fact_id IS NULL LIMIT 1").format(reference.found))
        if raw.fetchone() is None:
            break
        raw.execute(lookup)
    raw.execute(sql.SQL("ANALYZE {}").format(reference.found))


def joins(staged: Staged) -> sql.Composable:
    """Return the joins that add what was found to `import_rows r`; the tables are called by the reference's name."""
    return sql.SQL(" ").join(
        sql.SQL("LEFT JOIN {found} {name} ON ({theirs}) = ({ours})").format(
            found=reference.found,
            name=sql.Identifier(reference.name),
            theirs=_listed(reference.name, reference.staged_columns(staged)),
            ours=_listed("r", reference.staged_columns(staged)),
        )
        for reference in references_of(staged)
    )


def _listed(table: str, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(table, column) for column in columns)


def _lookups(reference: Reference, workspace_id: int, source: str, columns: tuple[str, ...]) -> Iterator[sql.Composed]:
    table = sql.Identifier(reference.model._meta.db_table)
    yield sql.SQL(
        "UPDATE {found} f SET fact_id = t.id FROM {table} t "
        "WHERE t.workspace_id = {workspace} AND t.source = {source} AND t.external_id = f.{named}"
    ).format(
        found=reference.found,
        table=table,
        workspace=workspace_id,
        source=source,
        named=sql.Identifier(reference.named),
    )
    for staged_column, column in ((reference.named, "external_id"), *reference.compared):
        if staged_column in columns:
            yield sql.SQL(
                "UPDATE {found} f SET fact_id = t.id FROM ("
                "  SELECT {column} AS key, min(id) AS id FROM {table} WHERE workspace_id = {workspace} "
                "  AND {column} IN (SELECT {staged} FROM {found} WHERE fact_id IS NULL) "
                "  GROUP BY {column} HAVING count(*) = 1"
                ") t WHERE f.fact_id IS NULL AND f.{staged} = t.key AND t.key <> ''"
            ).format(
                found=reference.found,
                table=table,
                workspace=workspace_id,
                column=sql.Identifier(column),
                staged=sql.Identifier(staged_column),
            )
