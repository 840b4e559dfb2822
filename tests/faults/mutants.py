"""Planted faults: what the program would be if somebody had been careless. The harness must catch each of them.

A harness that finds nothing proves nothing until it has found these.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction

from tallystick.commissions.models import CommissionLine, PendingInvoice
from tallystick.commissions.services import SettleReport, settlement
from tallystick.commissions.services.comparing import Books
from tallystick.flows import settlement as flow
from tallystick.ledger.models import Posting
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.crash_points import crash_point
from tallystick.platform.database.roles import as_owner

CHUNK = 40
LINES_ARE_BOOKED = "mutant.lines_are_booked"
"""A crash point that only the blind mutant has: its lines are committed, its marks not yet taken off."""


class Mutant(StrEnum):
    """A carelessness."""

    SEPARATE_COMMITS = "separate_commits"
    BLIND = "blind"


def plant(mutant: Mutant) -> None:
    """Replace how this process settles invoices by a careless way."""
    careless = {
        Mutant.SEPARATE_COMMITS: _settle_with_separate_commits,
        Mutant.BLIND: _settle_without_looking,
    }
    vars(flow)["settle_pending"] = careless[mutant]


def drop_unique_keys() -> None:
    """Drop the keys by which PostgreSQL refuses a second line or posting for the same thing."""
    with as_owner(connection), connection.cursor() as cursor:
        for table in (Posting._meta.db_table, CommissionLine._meta.db_table):
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u' "
                "AND conname <> 'commissions_commissionline_reverses_id_key'",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')


def _settle_with_separate_commits(actor: Actor, *, at: datetime | None) -> Iterator[SettleReport]:
    """Take marks in one transaction and write lines in another: a kill between the two loses the marks."""
    while True:
        with transaction.atomic():
            taken = _take(CHUNK)
        if not taken:
            return
        yield _settle(actor, taken, at=at)


def _settle_without_looking(actor: Actor, *, at: datetime | None) -> Iterator[SettleReport]:
    """Write lines without a look at what is booked, and take the marks off afterwards."""
    vars(settlement)["load_books"] = lambda _: Books(standing={}, last_sequence={})
    while True:
        waiting = list(PendingInvoice.objects.order_by("pk").values_list("invoice_id", flat=True)[:CHUNK])
        if not waiting:
            return
        report = _settle(actor, sorted(set(waiting)), at=at)
        crash_point(LINES_ARE_BOOKED)
        PendingInvoice.objects.filter(invoice_id__in=waiting).delete()
        yield report


def _settle(actor: Actor, invoice_ids: list[int], *, at: datetime | None) -> SettleReport:
    """Settle these invoices by the real program, in a transaction of their own."""
    vars(settlement)["_take_pending"] = lambda _: invoice_ids
    with transaction.atomic():
        report = settlement._settle_chunk(actor, chunk=CHUNK, at=at or now())
    return report or SettleReport()


_take = settlement._take_pending
