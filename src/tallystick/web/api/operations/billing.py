"""Invoices with their lines, and the payments on them, as billing has them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.crm.models import DealKind, Invoice, InvoiceLine, Payment
from tallystick.platform.access import Permission
from tallystick.web.api.access import Whose, operation
from tallystick.web.api.operations.accounts import FactTold
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import Id, MoneyTold, Told, words

router = Router(tags=["Invoices and payments"])


class InvoiceTold(FactTold):
    """An invoice; gross is net and tax together."""

    account_id: int
    opportunity_id: int | None
    number: Annotated[str, Field(examples=["2026-0042"])]
    issued_on: date
    due_on: date | None
    net: MoneyTold
    tax: MoneyTold
    gross: MoneyTold
    is_void: bool

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        """Return an invoice as it is told."""
        return cls(**_told(invoice))


class InvoiceLineTold(Told):
    """A line of an invoice."""

    id: int
    position: int
    description: Annotated[str, Field(examples=["Platform, 12 months"])]
    kind: DealKind
    renewal_year: Annotated[int, Field(description="0 in the first year.")]
    quantity: int
    net: MoneyTold
    tax: MoneyTold


class InvoiceDetailTold(InvoiceTold):
    """An invoice with its lines."""

    lines: list[InvoiceLineTold]


class InvoicePage(Page[InvoiceTold]):
    """Invoices, a page at a time."""


class InvoicesAsked(PageAsked):
    """What invoices are narrowed and ordered by."""

    account_id: Id | None = None
    opportunity_id: Id | None = None
    number: Annotated[str, words(60)] = ""
    source: Annotated[str, words(40)] = ""
    external_id: Annotated[str, words(120)] = ""
    issued_from: date | None = None
    issued_until: date | None = None
    sort: Literal["id", "-id", "issued_on", "-issued_on"] = "id"


@operation(router, "GET", "/invoices", InvoicePage, whose=Whose.WORKSPACE, permission=Permission.SEE_COMMISSIONS)
def list_invoices(request: HttpRequest, asked: Query[InvoicesAsked]) -> InvoicePage:  # noqa: ARG001
    """List invoices."""
    found = Invoice.objects.all()
    for column in ("account_id", "opportunity_id", "number", "source", "external_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.issued_from:
        found = found.filter(issued_on__gte=asked.issued_from)
    if asked.issued_until:
        found = found.filter(issued_on__lte=asked.issued_until)
    return InvoicePage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(InvoiceTold.of)))


@operation(
    router,
    "GET",
    "/invoices/{invoice_id}",
    InvoiceDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_COMMISSIONS,
)
def read_invoice(request: HttpRequest, invoice_id: Id) -> InvoiceDetailTold:  # noqa: ARG001
    """Read an invoice with its lines."""
    invoice = Invoice.objects.get(pk=invoice_id)
    lines = InvoiceLine.objects.filter(invoice=invoice).order_by("position", "pk")
    return InvoiceDetailTold(**_told(invoice), lines=[_line(line, invoice.currency) for line in lines])


class PaymentTold(FactTold):
    """Money received on an invoice, gross."""

    invoice_id: int
    received_on: date
    amount: MoneyTold

    @classmethod
    def of(cls, payment: Payment) -> Self:
        """Return a payment as it is told."""
        return cls(
            id=payment.pk,
            source=payment.source,
            external_id=payment.external_id,
            learned_at=payment.learned_at,
            invoice_id=payment.invoice_id,
            received_on=payment.received_on,
            amount=MoneyTold.of(payment.amount_minor, payment.currency),
        )


class PaymentPage(Page[PaymentTold]):
    """Payments, a page at a time."""


class PaymentsAsked(PageAsked):
    """What payments are narrowed and ordered by."""

    invoice_id: Id | None = None
    source: Annotated[str, words(40)] = ""
    external_id: Annotated[str, words(120)] = ""
    received_from: date | None = None
    received_until: date | None = None
    sort: Literal["id", "-id", "received_on", "-received_on"] = "id"


@operation(router, "GET", "/payments", PaymentPage, whose=Whose.WORKSPACE, permission=Permission.SEE_COMMISSIONS)
def list_payments(request: HttpRequest, asked: Query[PaymentsAsked]) -> PaymentPage:  # noqa: ARG001
    """List payments."""
    found = Payment.objects.all()
    for column in ("invoice_id", "source", "external_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.received_from:
        found = found.filter(received_on__gte=asked.received_from)
    if asked.received_until:
        found = found.filter(received_on__lte=asked.received_until)
    return PaymentPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(PaymentTold.of)))


def _told(invoice: Invoice) -> dict[str, object]:
    return {
        "id": invoice.pk,
        "source": invoice.source,
        "external_id": invoice.external_id,
        "learned_at": invoice.learned_at,
        "account_id": invoice.account_id,
        "opportunity_id": invoice.opportunity_id,
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "net": MoneyTold.of(invoice.net_minor, invoice.currency),
        "tax": MoneyTold.of(invoice.tax_minor, invoice.currency),
        "gross": MoneyTold.of(invoice.gross_minor, invoice.currency),
        "is_void": invoice.is_void,
    }


def _line(line: InvoiceLine, currency: str) -> InvoiceLineTold:
    return InvoiceLineTold(
        id=line.pk,
        position=line.position,
        description=line.description,
        kind=DealKind(line.kind),
        renewal_year=line.renewal_year,
        quantity=line.quantity,
        net=MoneyTold.of(line.net_minor, currency),
        tax=MoneyTold.of(line.tax_minor, currency),
    )
