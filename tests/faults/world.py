"""A small company's files: accounts, deals, invoices and money, the same at every call.

Amounts, currencies, tax, part payments, refunds and credit notes vary by simple arithmetic over the row's number, so
that a figure in a failure can be worked out by hand. Two rows name an invoice that does not exist and are refused.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

ACCOUNTS = 160
KNOWN_ACCOUNTS = 80
"""Accounts that are there before the files of the evening come in."""
OPPORTUNITIES = 240
WON = 200
FIRST_DAY = date(2026, 1, 5)

EVENING = ("new-accounts", "products", "deals", "meetings", "invoices", "payments", "rates")
"""The files that are loaded while processes are killed, in the order in which they are given."""
LATE = ("refunds", "credit-notes")
"""Files that come when everything else is settled: each of their facts leaves one mark, and nothing makes up for it."""

Row = Sequence[object]


def write_files(folder: Path) -> None:
    """Write the company's CSV files into an empty folder."""
    _write(folder / "known-accounts.csv", _ACCOUNT, (_account(n) for n in range(KNOWN_ACCOUNTS)))
    _write(folder / "new-accounts.csv", _ACCOUNT, (_account(n) for n in range(KNOWN_ACCOUNTS, ACCOUNTS)))
    _write(folder / "products.csv", ("Product ID", "Product Name", "List Price"), [("P1", "Bench", "900")])
    _write(folder / "deals.csv", _DEAL, (_deal(n) for n in range(OPPORTUNITIES)))
    _write(folder / "meetings.csv", _MEETING, (_meeting(n) for n in range(0, ACCOUNTS, 9)))
    _write(folder / "invoices.csv", _INVOICE, (row for n in range(WON) for row in _invoice_lines(n)))
    _write(folder / "payments.csv", _PAYMENT, _payments())
    _write(folder / "refunds.csv", _REFUND, (_refund(n) for n in range(0, WON, 7)))
    # No invoice has both: settled between the two files, its lines would be written twice, and rightly so.
    _write(folder / "credit-notes.csv", _CREDIT_NOTE, (_credit_note(n) for n in range(3, WON, 11) if n % 7))
    _write(folder / "rates.csv", ("Date", "Base", "Currency", "Rate"), _rates())


def account_id(number: int) -> str:
    """Return the CRM's id of an account."""
    return f"A{number:04}"


def company(number: int) -> str:
    """Return the name of an account."""
    return f"Company {number:04} Ltd"


def website(number: int) -> str:
    """Return the domain of an account."""
    return f"company{number:04}.example"


_ACCOUNT = ("Account ID", "Account Name", "Website", "Country")
_DEAL = (
    "Opportunity ID", "Opportunity Name", "Account ID", "Product", "Stage", "Amount", "Currency", "Created Date",
    "Close Date", "Partner",
)  # fmt: skip
_MEETING = ("Activity ID", "Account ID", "Activity Type", "Activity Date")
_INVOICE = (
    "Invoice ID", "Invoice Number", "Account ID", "Opportunity ID", "Invoice Date", "Currency", "Line", "Net Amount",
    "Tax Amount", "Type", "Contract Year",
)  # fmt: skip
_PAYMENT = ("Payment ID", "Invoice ID", "Payment Date", "Amount", "Currency")
_REFUND = ("Refund ID", "Invoice ID", "Refund Date", "Amount", "Currency")
_CREDIT_NOTE = ("Credit Note ID", "Invoice ID", "Credit Note Date", "Net Amount", "Tax Amount", "Currency")


def _account(number: int) -> Row:
    return account_id(number), company(number), website(number), "DE"


def _deal(number: int) -> Row:
    opened = FIRST_DAY + timedelta(days=number % 50)
    stage = "Closed Won" if number < WON else "Proposal"
    amount = _net(number, 1) + _net(number, 2)
    partner = "Kite" if number % 13 == 0 else ""
    close = opened + timedelta(days=40)
    return (
        f"O{number:04}", f"Deal {number:04}", account_id(number % ACCOUNTS), "P1", stage, _text(amount),
        _currency(number), opened, close, partner,
    )  # fmt: skip


def _meeting(number: int) -> Row:
    return f"M{number:04}", account_id(number), "Meeting", FIRST_DAY - timedelta(days=30)


def _invoice_lines(number: int) -> Iterator[Row]:
    issued = FIRST_DAY + timedelta(days=100 + number % 20)
    head = f"I{number:04}", f"2026-{number:04}", account_id(number % ACCOUNTS), f"O{number:04}", issued
    second = "Renewal" if number % 5 == 0 else "New Business"
    # A renewal without its year is blocked for review.
    year = 1 if number % 5 == 0 and number % 25 else 0
    for position, kind, contract_year in ((1, "New Business", 0), (2, second, year)):
        net = _net(number, position)
        yield (*head, _currency(number), position, _text(net), _text(net * 19 // 100), kind, contract_year)


def _payments() -> Iterator[Row]:
    for number in range(WON):
        paid_on = FIRST_DAY + timedelta(days=130 + number % 20)
        gross = _gross(number)
        first = gross * (number % 3 + 1) // 3
        invoice, currency = f"I{number:04}", _currency(number)
        yield f"Z{number:04}-1", invoice, paid_on, _text(first), currency
        if number % 3 == 1:
            yield f"Z{number:04}-2", invoice, paid_on + timedelta(days=30), _text(gross - first), currency
    yield "Z9998", "I9998", FIRST_DAY, "1.00", "EUR"
    yield "Z9999", "I9999", FIRST_DAY, "1.00", "EUR"


def _refund(number: int) -> Row:
    paid = _gross(number) * (number % 3 + 1) // 3
    given_back = paid if number % 2 else paid // 3
    return f"R{number:04}", f"I{number:04}", FIRST_DAY + timedelta(days=190), _text(given_back), _currency(number)


def _credit_note(number: int) -> Row:
    net = _net(number, 1) // 4
    issued = FIRST_DAY + timedelta(days=125)
    return f"C{number:04}", f"I{number:04}", issued, _text(net), _text(net * 19 // 100), _currency(number)


def _rates() -> Iterator[Row]:
    for day in range(260):
        yield FIRST_DAY + timedelta(days=day), "EUR", "USD", f"1.{800 + day % 40:04}"


def _net(number: int, position: int) -> int:
    return 100_000 + number * 3_717 + position * 1_009


def _gross(number: int) -> int:
    return sum(_net(number, position) + _net(number, position) * 19 // 100 for position in (1, 2))


def _currency(number: int) -> str:
    return "USD" if number % 4 == 0 else "EUR"


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _write(path: Path, header: Row, rows: Iterator[Row] | Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
