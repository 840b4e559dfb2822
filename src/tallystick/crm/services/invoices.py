"""An invoice file's rows become invoices and their lines; an invoice is the sum of its lines."""

from __future__ import annotations

from typing import Any

from psycopg import Cursor, sql

from tallystick.crm.models import Invoice, InvoiceLine
from tallystick.crm.rules.fields import Kind
from tallystick.crm.services.fact_models import INVOICE_LINES
from tallystick.crm.services.linking import invoice_head
from tallystick.crm.services.merging import Merged, merge_facts
from tallystick.crm.services.scope import ImportScope, count
from tallystick.crm.services.staging import Staged


def merge_invoices(raw: Cursor[Any], scope: ImportScope, staged: Staged) -> Merged:
    """Bring the linked rows into invoices and lines; the counts are rows of the file, each one line."""
    raw.execute("DROP TABLE IF EXISTS pg_temp.import_invoices, pg_temp.import_invoice_lines")
    heads = invoice_head(staged)
    raw.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE import_invoices ON COMMIT DROP AS SELECT external_id, {heads}, "
            "bool_or(is_void) AS is_void, sum(net_minor)::bigint AS net_minor, sum(tax_minor)::bigint AS tax_minor, "
            "sum(net_minor + tax_minor)::bigint AS gross_minor FROM import_linked GROUP BY external_id, {heads}"
        ).format(heads=sql.SQL(", ").join(map(sql.Identifier, heads)))
    )
    merge_facts(
        raw,
        scope,
        model=Invoice,
        kind=Kind.INVOICES.value,
        relation="import_invoices",
        columns=(*heads, "is_void", "net_minor", "tax_minor", "gross_minor"),
    )
    own = ["net_minor", "tax_minor", "position"]
    own += [name for name in ("description", "kind", "renewal_year", "quantity") if staged.has(name)]
    own += ["product_id"] if staged.has("product_named") else []
    raw.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE import_invoice_lines ON COMMIT DROP AS "
            "SELECT l.external_id || ':' || l.position AS external_id, i.id AS invoice_id, {own} FROM import_linked l "
            "JOIN crm_invoice i "
            "ON i.workspace_id = {workspace} AND i.source = {source} AND i.external_id = l.external_id"
        ).format(own=sql.SQL(", ").join(map(_line_column, own)), workspace=scope.workspace_id, source=scope.source)
    )
    lines = merge_facts(
        raw, scope, model=InvoiceLine, kind=INVOICE_LINES, relation="import_invoice_lines", columns=("invoice_id", *own)
    )
    return Merged(added=lines.added, changed=_changed_rows(raw, scope))


def _line_column(name: str) -> sql.Composable:
    """Name a column of a line; a blank count is one unit, a blank year the first."""
    blank = {"quantity": 1, "renewal_year": 0}.get(name)
    column = sql.Identifier("l", name)
    if blank is None:
        return column
    return sql.SQL("coalesce({}, {}) AS {}").format(column, sql.Literal(blank), sql.Identifier(name))


def _changed_rows(raw: Cursor[Any], scope: ImportScope) -> int:
    """Count rows whose line was here before and changed, itself or with its invoice."""
    return count(
        raw,
        sql.SQL(
            "SELECT count(*) FROM import_invoice_lines s JOIN crm_invoiceline n ON n.workspace_id = {workspace} "
            "AND n.source = {source} AND n.external_id = s.external_id JOIN crm_invoice i ON i.id = n.invoice_id "
            "WHERE n.added_by_import_id IS DISTINCT FROM {batch} "
            "AND (n.changed_by_import_id = {batch} OR i.changed_by_import_id = {batch})"
        ).format(workspace=scope.workspace_id, source=scope.source, batch=scope.import_id),
    )
