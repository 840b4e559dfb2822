"""The ledger: each entry once, two sides, never changed."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from tallystick.kernel.money import Money
from tallystick.ledger.models import Posting
from tallystick.ledger.queries import balances
from tallystick.ledger.services import AccountRef, Entry, IdempotencyConflictError, post_entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]

EXPENSE, PAYABLE = AccountRef("commission_expense"), AccountRef("partner_payable:7", 7)


def entry(key: str, minor: int, *, back: bool = False) -> Entry:
    source, destination = (PAYABLE, EXPENSE) if back else (EXPENSE, PAYABLE)
    return Entry(source, destination, Money(minor, "EUR"), date(2026, 3, 15), key, "test")


def standing() -> dict[str, int]:
    return {balance.account: balance.amount.minor for balance in balances()}


def test_a_balance_is_what_came_in_less_what_went_out() -> None:
    post_entries(entries=[entry("a", 720), entry("b", 280), entry("c", 300, back=True)])
    assert standing() == {"commission_expense": -700, "partner_payable:7": 700}


def test_the_same_entry_twice_is_posted_once() -> None:
    first = post_entries(entries=[entry("a", 720)])
    assert post_entries(entries=[entry("a", 720)]) == first
    assert Posting.objects.count() == 1


def test_a_known_key_with_another_amount_is_refused_and_nothing_is_posted() -> None:
    post_entries(entries=[entry("a", 720)])
    with pytest.raises(IdempotencyConflictError, match="a was posted before"):
        post_entries(entries=[entry("new", 5), entry("a", 721)])
    assert list(Posting.objects.values_list("idempotency_key", "amount_minor")) == [("a", 720)]


def test_postgresql_refuses_to_change_or_remove_a_posting() -> None:
    post_entries(entries=[entry("a", 720)])
    for change in (lambda: Posting.objects.update(amount_minor=1), Posting.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert standing() == {"commission_expense": -720, "partner_payable:7": 720}


def test_postgresql_refuses_an_amount_of_zero_and_a_posting_to_the_same_account() -> None:
    for wrong in (entry("z", 0), Entry(PAYABLE, PAYABLE, Money(5, "EUR"), date(2026, 3, 15), "same", "test")):
        with pytest.raises(DatabaseError), transaction.atomic():
            post_entries(entries=[wrong])
    assert not Posting.objects.exists()
