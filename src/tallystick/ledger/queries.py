"""Reads of the ledger: balances are sums of postings, never stored."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, F, Max, Q, Sum, When

from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.ledger.models import ClosedMonth, LedgerAccount, Posting


def closed_through() -> Month | None:
    """Return the last closed month: it and all before it take no more postings. None while every month is open."""
    last = ClosedMonth.objects.aggregate(last=Max("month"))["last"]
    return None if last is None else Month.containing(last)


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
