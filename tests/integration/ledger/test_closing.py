"""Closing a month: what is on its way is waited for, what comes later is booked in the next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.ledger.models import Posting
from tallystick.ledger.services import AccountRef, Entry, close_month, post_entries
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

ACTOR = Actor.job("test")
WAIT = 0.3


def entry(key: str, fact_on: date) -> Entry:
    payable = AccountRef("partner_payable:7", 7)
    return Entry(AccountRef("commission_expense"), payable, Money(720, "EUR"), fact_on, key, "test")


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_posting_that_is_not_committed_yet(workspace: Workspace) -> None:
    posted = Event()

    def post_slowly() -> None:
        try:
            with scope(workspace_id=workspace.pk), transaction.atomic():
                post_entries(entries=[entry("a", date(2026, 3, 15))])
                posted.set()
                sleep(WAIT)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as threads, scope(workspace_id=workspace.pk):
        poster = threads.submit(post_slowly)
        assert posted.wait(timeout=30)
        with transaction.atomic():
            close_month(ACTOR, month=Month(2026, 3))
            seen = list(Posting.objects.values_list("effective_on", flat=True))
        poster.result()
    assert seen == [date(2026, 3, 15)]


@pytest.mark.django_db
@pytest.mark.usefixtures("vendor")
def test_a_closed_month_closes_every_month_before_it() -> None:
    close_month(ACTOR, month=Month(2026, 3))
    posted = post_entries(
        entries=[entry("long ago", date(2025, 11, 5)), entry("late", date(2026, 3, 31)), entry("now", date(2026, 4, 2))]
    )
    booked = {key: one.effective_on for key, one in posted.items()}
    assert booked == {"long ago": date(2026, 4, 1), "late": date(2026, 4, 1), "now": date(2026, 4, 2)}
