"""Which table each kind of file fills; an invoice file fills two."""

from __future__ import annotations

from typing import Final

from tallystick.crm.models import (
    Account,
    Contact,
    CreditNote,
    ExchangeRate,
    Fact,
    FactKind,
    Invoice,
    InvoiceLine,
    Opportunity,
    Payment,
    Product,
    Refund,
    SalesActivity,
    StageChange,
    Subscription,
)

INVOICE_LINES: Final = "invoice_lines"
STAGE_CHANGES: Final = "stage_changes"

FACT_MODELS: Final[dict[str, type[Fact]]] = {
    FactKind.ACCOUNTS.value: Account,
    FactKind.CONTACTS.value: Contact,
    FactKind.PRODUCTS.value: Product,
    FactKind.OPPORTUNITIES.value: Opportunity,
    STAGE_CHANGES: StageChange,
    FactKind.SALES_ACTIVITIES.value: SalesActivity,
    FactKind.SUBSCRIPTIONS.value: Subscription,
    FactKind.INVOICES.value: Invoice,
    INVOICE_LINES: InvoiceLine,
    FactKind.PAYMENTS.value: Payment,
    FactKind.REFUNDS.value: Refund,
    FactKind.CREDIT_NOTES.value: CreditNote,
    FactKind.EXCHANGE_RATES.value: ExchangeRate,
}
"""In the order of dependency: a fact refers only to facts of the kinds before its own."""
