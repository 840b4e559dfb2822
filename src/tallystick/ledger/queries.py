"""Reads of the ledger: balances are sums of postings, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Case, F, Q, Sum, When

from tallystick.kernel.money import Money
from tallystick.ledger.models import ClosedMonth, LedgerAccount, Posting


def closed_months() -> frozenset[date]:
    """Return the first days of the months that take no more postings."""
    return frozenset(ClosedMonth.objects.values_list("month", flat=True))


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account in one currency: in minus out."""

    account: str
    amount: Money


def balances(*, code: str | None = None) -> list[Balance]:
    """Return the balance of each account and currency, by code; with `code`, of that account alone."""
    accounts = LedgerAccount.objects.all() if code is None else LedgerAccount.objects.filter(code=code)
    found: list[Balance] = []
    for account in accounts.order_by("code"):
        sides = Posting.objects.filter(Q(source_account=account) | Q(destination_account=account))
        sums = sides.values("currency").annotate(
            balance=Sum(
                Case(
                    When(destination_account=account, then=F("amount_minor")),
                    default=-F("amount_minor"),
                    output_field=BigIntegerField(),
                )
            )
        )
        found.extend(
            Balance(account.code, Money(int(row["balance"]), row["currency"])) for row in sums.order_by("currency")
        )
    return found
