"""Refuses staged rows that contradict each other or the facts that are there, and says which and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Cursor, sql

from tallystick.crm.rules.fields import Kind
from tallystick.crm.services.scope import ImportScope, count
from tallystick.crm.services.staging import Staged


@dataclass(frozen=True, slots=True)
class RowCheck:
    """Rows of `import_linked l` for which `condition` holds are refused.

    `condition`, `value` and `reason` are SQL of our own; {workspace} and {source} stand for those of the import.
    """

    column: str
    condition: str
    value: str
    reason: str


def refuse_rows(raw: Cursor[Any], scope: ImportScope, staged: Staged, check: RowCheck) -> int:
    """Move the rows that a check finds from the staged rows to the refusals; return how many."""
    header = next((column.header for column in staged.columns if column.name == check.column), check.column)
    raw.execute(
        sql.SQL(
            "WITH found AS ("
            "  SELECT row_id, {value} AS value, {reason} AS reason FROM import_linked l WHERE {condition}), "
            "gone AS (DELETE FROM import_rows r USING found f WHERE r.ctid = f.row_id "
            "         RETURNING r.file_line, r.external_id, f.value, f.reason), "
            "incomplete AS (INSERT INTO import_incomplete SELECT external_id, file_line FROM gone) "
            "INSERT INTO import_refusals (line, header, value, reason) "
            "SELECT file_line, {header}, value, reason FROM gone"
        ).format(
            value=sql.SQL(check.value),
            reason=sql.SQL(check.reason),
            condition=sql.SQL(check.condition).format(workspace=scope.workspace_id, source=scope.source),
            header=sql.Literal(header),
        )
    )
    return raw.rowcount


def settle_repeats(raw: Cursor[Any], staged: Staged, *, kind: Kind) -> int:
    """Drop rows that repeat another one exactly and return how many; refuse all rows of an id that differ."""
    keys = ["external_id"]
    if kind is Kind.INVOICES and staged.has("position"):
        keys.append("position")
    key = sql.SQL(", ").join(map(sql.Identifier, keys))
    content = sql.SQL(", ").join(sql.Identifier("r", column.name) for column in staged.columns)
    raw.execute("DROP TABLE IF EXISTS pg_temp.import_repeated")
    raw.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE import_repeated ON COMMIT DROP AS "
            "SELECT {key} FROM import_rows GROUP BY {key} HAVING count(*) > 1"
        ).format(key=key)
    )
    if not count(raw, "SELECT count(*) FROM import_repeated"):
        return 0
    raw.execute(
        sql.SQL(
            "WITH again AS ("
            "  SELECT r.ctid AS row_id, row_number() OVER (PARTITION BY {content} ORDER BY file_line, r.ctid) AS nth "
            "  FROM import_rows r JOIN import_repeated USING ({key})) "
            "DELETE FROM import_rows r USING again a WHERE r.ctid = a.row_id AND a.nth > 1"
        ).format(content=content, key=key)
    )
    dropped = raw.rowcount
    raw.execute(
        sql.SQL(
            "WITH differing AS ("
            "  SELECT {key}, string_agg(file_line::text, ', ' ORDER BY file_line) AS lines FROM import_rows "
            "  JOIN import_repeated USING ({key}) GROUP BY {key} HAVING count(*) > 1"
            "), gone AS (DELETE FROM import_rows r USING differing d WHERE {same} "
            "            RETURNING r.file_line, r.external_id, d.lines) "
            "INSERT INTO import_refusals (line, header, value, reason) "
            "SELECT file_line, {header}, external_id, "
            "       'Lines ' || left(lines, 200) || ' have this id and differ from each other. {mend}' FROM gone"
        ).format(
            key=key,
            same=sql.SQL(" AND ").join(
                sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier("r", name), sql.Identifier("d", name))
                for name in keys
            ),
            header=sql.Literal(staged.columns[0].header),
            mend=sql.SQL(_mend(kind, staged)),
        )
    )
    return dropped


def _mend(kind: Kind, staged: Staged) -> str:
    if kind is Kind.INVOICES and not staged.has("position"):
        return "Keep one, or add a column Line that numbers the lines of an invoice."
    return "Keep one of them."


_UNKNOWN: Final = "' is not known here. Import it first, or mend the name.'"
_MUST_BE_KNOWN: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.SALES_ACTIVITIES: ("account",),
    Kind.SUBSCRIPTIONS: ("account", "product", "opportunity"),
    Kind.INVOICES: ("account", "product", "opportunity", "subscription"),
    Kind.PAYMENTS: ("invoice",),
    Kind.REFUNDS: ("invoice", "payment"),
    Kind.CREDIT_NOTES: ("invoice",),
}
"""References that must be found; opportunities and contacts are kept without, and linked later."""


INCOMPLETE_INVOICE: Final = RowCheck(
    "external_id",
    "external_id IN (SELECT external_id FROM import_incomplete)",
    "external_id",
    "'Line ' || (SELECT min(n.line) FROM import_incomplete n WHERE n.external_id = l.external_id) "
    "|| ' of this invoice was refused, and an invoice is loaded whole. Mend that line.'",
)


def checks_of(kind: Kind, staged: Staged) -> Iterator[RowCheck]:
    """Yield the checks of a kind, in the order in which their reasons matter to a reader."""
    for name in _MUST_BE_KNOWN.get(kind, ()):
        named = f"{name}_named"
        if staged.has(named):
            yield RowCheck(
                column=named,
                condition=f"coalesce({named}, '') <> '' AND {name}_id IS NULL",
                value=named,
                reason=f"'The {name} ' || {named} || {_UNKNOWN}",
            )
    match kind:
        case Kind.PAYMENTS:
            yield from (_positive("payment"), _in_invoice_currency("payment"))
        case Kind.REFUNDS:
            yield RowCheck(
                "invoice_named", "invoice_id IS NULL", "''", "'Neither the invoice nor the payment is named.'"
            )
            if staged.has("payment_named"):
                yield RowCheck(
                    "payment_named",
                    "payment_id IS NOT NULL AND invoice_id <> payment_invoice_id",
                    "payment_named",
                    "'The payment belongs to another invoice. Keep one of the two.'",
                )
            yield from (_positive("refund"), _in_invoice_currency("refund"))
        case Kind.CREDIT_NOTES:
            yield RowCheck(
                "net_minor",
                "net_minor <= 0",
                "net_minor::text",
                "'A credit note takes back more than nothing. Write it without a minus.'",
            )
            if staged.has("invoice_line"):
                yield RowCheck(
                    "invoice_line",
                    "invoice_line IS NOT NULL AND line_id IS NULL",
                    "invoice_line::text",
                    "'The invoice has no line ' || invoice_line || '.'",
                )
            yield _in_invoice_currency("credit note")
        case Kind.SUBSCRIPTIONS if staged.has("ends_on"):
            yield RowCheck(
                "ends_on", "ends_on < started_on", "ends_on::text", "'The subscription ends before it begins.'"
            )
        case Kind.EXCHANGE_RATES:
            yield RowCheck("currency", "currency = ''", "''", "'The cell is blank. It must hold a currency.'")
            yield RowCheck(
                "currency",
                "EXISTS (SELECT 1 FROM crm_exchangerate x WHERE x.workspace_id = {workspace} AND "
                "(x.base, x.currency, x.day) = (l.base, l.currency, l.day) AND x.external_id = l.external_id "
                "AND x.source <> {source})",
                "currency",
                "'Another source has given the rate of this day already.'",
            )
        case Kind.INVOICES:
            yield from _INVOICE_CHECKS
        case _:
            return


_INVOICE_CHECKS: Final = (
    RowCheck(
        "net_minor", "net_minor IS NULL", "''", "'The row has no net amount, nor a gross amount to find it from.'"
    ),
    RowCheck(
        "gross_minor",
        "gross_minor <> net_minor + tax_minor",
        "gross_minor::text",
        "'Net and tax do not sum to the gross amount. Mend one of the three.'",
    ),
    RowCheck(
        "external_id",
        "external_id IN (SELECT external_id FROM import_linked GROUP BY external_id HAVING count(DISTINCT head) > 1)",
        "external_id",
        "'The lines of this invoice differ in what belongs to the invoice as a whole, such as its date or account.'",
    ),
    RowCheck(
        "external_id",
        "EXISTS (SELECT 1 FROM crm_invoiceline n JOIN crm_invoice i ON i.id = n.invoice_id "
        "WHERE i.workspace_id = {workspace} AND i.source = {source} "
        "AND i.external_id = l.external_id AND NOT EXISTS "
        "(SELECT 1 FROM import_linked o WHERE o.external_id = l.external_id AND o.position = n.position))",
        "external_id",
        "'The invoice is known with lines that this file lacks. Give it whole; what is taken back is a credit note.'",
    ),
)


def _positive(what: str) -> RowCheck:
    return RowCheck(
        "amount_minor", "amount_minor <= 0", "amount_minor::text",
        f"'A {what} is more than nothing. Money that went the other way belongs in a file of its own.'",
    )  # fmt: skip


def _in_invoice_currency(what: str) -> RowCheck:
    return RowCheck(
        "currency", "currency <> invoice_currency", "currency",
        f"'The {what} is in ' || currency || ', its invoice in ' || invoice_currency || "
        "'. Write the currency beside the amount.'",
    )  # fmt: skip
