"""What the billing system knows: subscriptions, invoices with VAT, payments, refunds and credit notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tallystick.demo.cast import data
from tallystick.demo.chance import Chance
from tallystick.demo.facts import CreditNote, Invoice, InvoiceLine, Payment, Refund, Subscription
from tallystick.demo.pipeline import NEW, RENEWAL, Deal

VAT_PERCENT = {"GB": 20, "DE": 19}
"""Sales at home and through the German branch bear VAT; the other customers account for it themselves."""

QUARTERLY_FROM_MINOR = 60_000_00
REFUND_REASONS = ("Module not delivered as agreed", "Site closed, licences returned", "Duplicate charge")
CREDIT_REASONS = ("Late start of service", "Fewer users than ordered", "Goodwill after an outage")


@dataclass(slots=True)
class Books:
    """All documents of the billing system."""

    subscriptions: list[Subscription] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    lines: list[InvoiceLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    credit_notes: list[CreditNote] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Due:
    """An invoice to be written: when, for what part of a year, and in which year of the contract."""

    day: date
    part_of_year: int
    year: int
    is_first: bool


def keep_books(deals: Sequence[Deal], *, anchor: date) -> Books:
    """Return what was billed and paid by the anchor day.

    An invoice names the opportunity that began the contract, also after renewals: that is what the billing system
    knows, and why a partner goes on earning on renewals.
    """
    books, by_key = Books(), {deal.key: deal for deal in deals}
    won = [deal for deal in deals if deal.won and deal.closes_on <= anchor]
    for deal in won:
        begun = _begun(deal, by_key)
        subscription = _subscription(deal)
        books.subscriptions.append(subscription)
        for due in _schedule(deal, subscription):
            if due.day <= anchor:
                _bill(books, deal=deal, begun=begun, subscription=subscription, due=due, anchor=anchor)
    return books


def _begun(deal: Deal, by_key: Mapping[str, Deal]) -> Deal:
    while deal.renews:
        deal = by_key[deal.renews]
    return deal


def _subscription(deal: Deal) -> Subscription:
    started_on = deal.closes_on + timedelta(days=Chance("start", deal.key).between(3, 12))
    return Subscription(
        key=f"SUB-{deal.key[5:]}",
        seen_on=deal.closes_on,
        account=deal.account.key,
        product=deal.product,
        opportunity=deal.key,
        started_on=started_on,
        ends_on=started_on + timedelta(days=deal.term_months * 365 // 12 - 1),
        yearly_minor=deal.amount_minor,
        currency=deal.currency,
    )


def _schedule(deal: Deal, subscription: Subscription) -> Iterator[_Due]:
    quarterly = deal.amount_minor >= QUARTERLY_FROM_MINOR and Chance("terms", deal.key).percent(35)
    parts = 4 if quarterly else 1
    for turn in range(deal.term_months // 12 * parts):
        day = subscription.started_on + timedelta(days=365 * turn // parts)
        yield _Due(day, parts, deal.year + turn // parts, is_first=turn == 0 and deal.kind != RENEWAL)


def _bill(books: Books, *, deal: Deal, begun: Deal, subscription: Subscription, due: _Due, anchor: date) -> None:
    number = f"INV-{due.day:%Y%m}-{len(books.invoices) + 1:05d}"
    lines = _lines(deal, number, due)
    net, tax = sum(line.net_minor for line in lines), sum(line.tax_minor for line in lines)
    invoice = Invoice(
        key=number,
        seen_on=due.day,
        account=deal.account.key,
        opportunity=begun.key,
        subscription=subscription.key,
        number=number,
        issued_on=due.day,
        due_on=due.day + timedelta(days=30),
        currency=deal.currency,
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
    )
    books.invoices.append(invoice)
    books.lines += lines
    _settle(books, invoice, lines[0], anchor)


def _lines(deal: Deal, number: str, due: _Due) -> list[InvoiceLine]:
    """Return the subscription and, on the first invoice of some new contracts, the services beside it."""
    chance = Chance("invoice", deal.key)
    products = {key: name for key, name, *_ in data("market")["products"]}
    entries = [(deal.product, f"{products[deal.product]}, subscription", deal.amount_minor // due.part_of_year)]
    if due.is_first and deal.kind == NEW and chance.percent(38):
        entries.append(("services", products["services"], deal.amount_minor * chance.between(8, 18) // 100))
    vat = VAT_PERCENT.get(deal.account.country, 0)
    return [
        InvoiceLine(
            key=f"{number}-{position}",
            seen_on=due.day,
            invoice=number,
            position=position,
            product=product,
            description=description,
            kind=RENEWAL if due.year else deal.kind,
            renewal_year=due.year,
            quantity=1,
            net_minor=net,
            tax_minor=(net * vat + 50) // 100,
        )
        for position, (product, description, net) in enumerate(entries, start=1)
    ]


def _settle(books: Books, invoice: Invoice, line: InvoiceLine, anchor: date) -> None:
    """Credit, pay and refund an invoice as its luck will have it; nothing happens after the anchor day."""
    chance = Chance("settle", invoice.key)
    owed = invoice.gross_minor
    if chance.percent(3):
        owed -= _credit(books, invoice, line, chance, anchor)
    match chance.weighted({"in time": 72, "late": 18, "in two parts": 5, "not yet": 5}):
        case "in time":
            parts = [(owed, chance.between(16, 32))]
        case "late":
            parts = [(owed, chance.between(35, 75))]
        case "in two parts":
            first = owed * chance.between(50, 70) // 100
            parts = [(first, chance.between(20, 32)), (owed - first, chance.between(55, 90))]
        case _:
            parts = [(owed, chance.between(150, 260))]
    for number, (amount, days) in enumerate(parts, start=1):
        received_on = invoice.issued_on + timedelta(days=days)
        if received_on <= anchor:
            payment = _payment(invoice, number, received_on, amount)
            books.payments.append(payment)
            if chance.percent(2):
                _refund(books, payment, chance, anchor)


def _payment(invoice: Invoice, number: int, received_on: date, amount_minor: int) -> Payment:
    return Payment(
        key=f"PAY-{invoice.key[4:]}-{number}",
        seen_on=received_on,
        invoice=invoice.key,
        received_on=received_on,
        amount_minor=amount_minor,
        currency=invoice.currency,
    )


def _credit(books: Books, invoice: Invoice, line: InvoiceLine, chance: Chance, anchor: date) -> int:
    """Take back a part of the first line before it is paid; return its gross amount, 0 when that lies ahead."""
    issued_on = invoice.issued_on + timedelta(days=chance.between(4, 14))
    if issued_on > anchor:
        return 0
    percent = chance.between(5, 20)
    note = CreditNote(
        key=f"CN-{invoice.key[4:]}",
        seen_on=issued_on,
        invoice=invoice.key,
        line=line.key,
        number=f"CN-{invoice.key[4:]}",
        issued_on=issued_on,
        net_minor=line.net_minor * percent // 100,
        tax_minor=line.tax_minor * percent // 100,
        currency=invoice.currency,
        reason=chance.pick(CREDIT_REASONS),
    )
    books.credit_notes.append(note)
    return note.net_minor + note.tax_minor


def _refund(books: Books, payment: Payment, chance: Chance, anchor: date) -> None:
    refunded_on = payment.received_on + timedelta(days=chance.between(18, 55))
    if refunded_on <= anchor:
        books.refunds.append(
            Refund(
                key=f"RF-{payment.key[4:]}",
                seen_on=refunded_on,
                invoice=payment.invoice,
                payment=payment.key,
                refunded_on=refunded_on,
                amount_minor=payment.amount_minor * chance.pick((25, 40, 100)) // 100,
                currency=payment.currency,
                reason=chance.pick(REFUND_REASONS),
            )
        )
