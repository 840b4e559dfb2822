"""Joins staged rows with the facts they refer to, in the columns of the table they are going to."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Cursor, sql

from tallystick.crm.rules.fields import Kind
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.crm.services.references import joins, references_of
from tallystick.crm.services.staging import Staged

_BASE: Final = "coalesce(nullif(r.base, ''), 'EUR')"
_INVOICE: Final = "LEFT JOIN crm_invoice i ON i.id = invoice.fact_id"
_LINE: Final = "LEFT JOIN crm_invoiceline n ON n.invoice_id = i.id AND n.position = r.invoice_line"
_REFUND: Final = (
    "LEFT JOIN crm_payment y ON y.id = {payment} LEFT JOIN crm_invoice i ON i.id = coalesce({invoice}, y.invoice_id)"
)


def name_rates(raw: Cursor[Any], staged: Staged) -> None:
    """Give each rate the same id however its file writes the day: base, currency and day."""
    raw.execute(
        sql.SQL("UPDATE import_rows r SET external_id = {} || '/' || currency || '/' || day").format(
            sql.SQL(_BASE) if staged.has("base") else sql.Literal("EUR")
        )
    )


def link_rows(raw: Cursor[Any], staged: Staged, *, kind: Kind) -> tuple[str, ...]:
    """Make the view `import_linked` of rows and found facts, and return its columns that the facts' table has."""
    expressions = {column.name: f"r.{column.name}" for column in staged.columns}
    for reference in references_of(staged):
        expressions[f"{reference.name}_id"] = f"{reference.name}.fact_id"
    more_joins = _complete(kind, staged, expressions)
    raw.execute("DROP VIEW IF EXISTS pg_temp.import_linked")
    raw.execute(
        sql.SQL(
            "CREATE TEMPORARY VIEW import_linked AS SELECT r.ctid AS row_id, r.file_line, {} FROM import_rows r {} {}"
        ).format(
            sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(sql.SQL(expression), sql.Identifier(name))
                for name, expression in expressions.items()
            ),
            joins(staged),
            sql.SQL(more_joins),
        )
    )
    own = {column.column for column in FACT_MODELS[kind.value]._meta.concrete_fields}
    return tuple(name for name in expressions if name in own and name != "external_id")


def _complete(kind: Kind, staged: Staged, expressions: dict[str, str]) -> str:
    """Add what a kind's table has beyond the staged columns; return the joins that needs."""
    match kind:
        case Kind.OPPORTUNITIES:
            expressions["name"] = (
                "coalesce(nullif(r.name, ''), r.external_id)" if staged.has("name") else "r.external_id"
            )
        case Kind.CONTACTS:
            spare = "r.email" if staged.has("email") else "r.external_id"
            expressions["name"] = f"coalesce(nullif(r.name, ''), {spare})" if staged.has("name") else spare
        case Kind.EXCHANGE_RATES:
            expressions["base"] = _BASE if staged.has("base") else "'EUR'"
        case Kind.SALES_ACTIVITIES:
            expressions["kind"] = "lower(r.kind)"
        case Kind.INVOICES:
            _complete_invoice(staged, expressions)
        case Kind.PAYMENTS:
            expressions["invoice_currency"] = "i.currency"
            return _INVOICE
        case Kind.CREDIT_NOTES:
            expressions["invoice_currency"] = "i.currency"
            if staged.has("tax_minor"):
                expressions["tax_minor"] = "coalesce(r.tax_minor, 0)"
            if staged.has("invoice_line"):
                expressions["line_id"] = "n.id"
                return f"{_INVOICE} {_LINE}"
            return _INVOICE
        case Kind.REFUNDS:
            payment = "payment.fact_id" if staged.has("payment_named") else "NULL::bigint"
            invoice = "invoice.fact_id" if staged.has("invoice_named") else "NULL::bigint"
            expressions.update(
                payment_id=payment,
                invoice_id=f"coalesce({invoice}, y.invoice_id)",
                payment_invoice_id="y.invoice_id",
                invoice_currency="i.currency",
            )
            return _REFUND.format(payment=payment, invoice=invoice)
        case _:
            pass
    return ""


def invoice_head(staged: Staged) -> tuple[str, ...]:
    """Return the columns of `import_linked` that are the same in all lines of an invoice, whether it is void apart."""
    optional = [name for name in ("opportunity_id", "subscription_id") if staged.has(name.replace("_id", "_named"))]
    optional += [name for name in ("due_on",) if staged.has(name)]
    return ("account_id", "number", "issued_on", "currency", *optional)


def _complete_invoice(staged: Staged, expressions: dict[str, str]) -> None:
    """Settle the line's place and its net amount: given, or the gross amount less the tax."""
    tax = "coalesce(r.tax_minor, 0)" if staged.has("tax_minor") else "0"
    net = "r.net_minor" if staged.has("net_minor") else "NULL::bigint"
    gross = "r.gross_minor" if staged.has("gross_minor") and staged.has("tax_minor") else "NULL::bigint"
    expressions.update(
        position="coalesce(r.position, 1)" if staged.has("position") else "1",
        tax_minor=tax,
        net_minor=f"coalesce({net}, {gross} - {tax})",
        gross_minor=gross,
        is_void="r.is_void" if staged.has("is_void") else "false",
    )
    if not staged.has("number"):
        expressions["number"] = "left(r.external_id, 60)"
    head = ", ".join(expressions[name] for name in (*invoice_head(staged), "is_void"))
    expressions["head"] = f"ROW({head})::text"
