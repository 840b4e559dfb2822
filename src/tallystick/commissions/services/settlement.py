"""Settle invoices: book the difference between the lines an invoice should have and those it has.

Invoices that changed wait in `PendingInvoice`. Each chunk is one transaction: take the marks, lock the invoices in key
order, gather facts, apply the rules, write. A process killed at any point leaves either all of a chunk or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from tallystick.commissions.models import BlockedLine, CommissionLine
from tallystick.commissions.rules.settlement import settle
from tallystick.commissions.services.comparing import Changes, NewLine, load_books
from tallystick.commissions.services.loading import Plans, Rates, load_claims
from tallystick.crm.models import Invoice
from tallystick.kernel.canonical import sha256_hex
from tallystick.kernel.money import Money
from tallystick.ledger.services import AccountRef, Entry, post_entries
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.crash_points import crash_point
from tallystick.platform.database.bulk import any_of, insert_rows
from tallystick.platform.tenancy import current_workspace_id

EXPENSE = AccountRef("commission_expense")
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class SettleReport:
    """What a run did: invoices looked at, lines written and reversed, invoice lines blocked for review."""

    invoices: int = 0
    written: int = 0
    reversed: int = 0
    blocked: int = 0

    def plus(self, other: SettleReport) -> SettleReport:
        """Return both reports as one."""
        return SettleReport(
            self.invoices + other.invoices,
            self.written + other.written,
            self.reversed + other.reversed,
            self.blocked + other.blocked,
        )


def settle_pending(actor: Actor, *, chunk: int = CHUNK, at: datetime | None = None) -> Iterator[SettleReport]:
    """Settle every waiting invoice, chunk by chunk, and yield what each chunk did.

    Each chunk is a transaction of its own and records one entry in the activity stream. Lines that already stand as
    they should are left alone, so a repeat writes nothing.
    """
    while True:
        with transaction.atomic():
            report = _settle_chunk(actor, chunk=chunk, at=at or now())
        if report is None:
            return
        yield report


def _settle_chunk(actor: Actor, *, chunk: int, at: datetime) -> SettleReport | None:
    invoice_ids = _take_pending(chunk)
    if not invoice_ids:
        return None
    crash_point("accrue.after_take")
    list(Invoice.objects.filter(pk__in=any_of(invoice_ids)).order_by("pk").select_for_update().values_list("pk"))
    changes = _changes(invoice_ids)
    _write_lines(changes, at=at)
    _write_blocked(invoice_ids, changes, at=at)
    crash_point("accrue.after_write")
    report = SettleReport(len(invoice_ids), changes.written, changes.reversed, len(changes.blocked))
    if changes.lines or changes.blocked:
        _record(actor, report, changes, at=at)
    crash_point("accrue.before_commit")
    return report


def unbooked_changes(invoice_ids: Sequence[int]) -> list[NewLine]:
    """Return the lines that settling these invoices now would write, none where the books are right; writes nothing."""
    return _changes(invoice_ids).lines


def _changes(invoice_ids: Sequence[int]) -> Changes:
    # Plans and rates are read after the marks were taken: the mark may be there because one of them has changed.
    plans, rates = Plans(), Rates()
    changes = Changes(load_books(invoice_ids))
    for claim in load_claims(invoice_ids, plans=plans):
        settlement = settle(invoice=claim.facts, events=claim.events, payees=claim.payees, exchange_rate=rates)
        changes.add(claim, settlement, plans)
    return changes


def _take_pending(limit: int) -> list[int]:
    """Take marks off the queue and return their invoices; marks another process holds are left to it.

    The ids are gathered into an array first: a queue's statistics are always stale, and a join planned for an empty
    table would look at every mark once for each mark taken.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM commissions_pendinginvoice WHERE id = ANY(ARRAY(
                SELECT id FROM commissions_pendinginvoice WHERE workspace_id = %s
                ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            )) RETURNING invoice_id
            """,
            [current_workspace_id(), limit],
        )
        return sorted({invoice_id for (invoice_id,) in cursor.fetchall()})


LINE_COLUMNS = (
    "partner_id",
    "invoice_id",
    "invoice_line_id",
    "decision_id",
    "plan_id",
    "event_kind",
    "event_id",
    "line_key",
    "reverses_id",
    "rule",
    "base_minor",
    "base_currency",
    "amount_minor",
    "currency",
    "earned_on",
    "held_until",
)


def _write_lines(changes: Changes, *, at: datetime) -> None:
    """Post every new line to the ledger, then write the lines beside their postings."""
    entries = [_entry(line) for line in changes.lines]
    posted = post_entries(entries=entries, at=at)
    postings = [posted[entry.idempotency_key] for entry in entries]
    workspace_id = current_workspace_id()
    insert_rows(
        CommissionLine,
        columns=(
            "workspace_id",
            *LINE_COLUMNS,
            "sequence",
            "content_hash",
            "explanation",
            "posting_id",
            "booked_on",
            "recorded_at",
        ),
        rows=(
            (
                workspace_id,
                *(line.columns[name] for name in LINE_COLUMNS),
                line.sequence,
                line.content_hash,
                line.columns["explanation"],
                posting.id,
                posting.effective_on,
                at,
            )
            for line, posting in zip(changes.lines, postings, strict=True)
        ),
    )


def _entry(line: NewLine) -> Entry:
    partner_id = line.columns["partner_id"]
    payable = AccountRef(f"partner_payable:{partner_id}", partner_id)
    amount = line.amount
    source, destination = (EXPENSE, payable) if amount.minor > 0 else (payable, EXPENSE)
    return Entry(
        source=source,
        destination=destination,
        amount=Money(abs(amount.minor), amount.currency),
        fact_on=line.columns["earned_on"],
        idempotency_key=line.posting_key,
        description=line.description,
    )


def _write_blocked(invoice_ids: Sequence[int], changes: Changes, *, at: datetime) -> None:
    BlockedLine.objects.filter(invoice_id__in=any_of(invoice_ids)).delete()
    workspace_id = current_workspace_id()
    BlockedLine.objects.bulk_create(
        BlockedLine(
            workspace_id=workspace_id,
            invoice_id=blocked.invoice_id,
            invoice_line_id=blocked.invoice_line_id,
            partner_id=blocked.partner_id,
            reason=blocked.reason,
            blocked_at=at,
        )
        for blocked in changes.blocked
    )


def _record(actor: Actor, report: SettleReport, changes: Changes, *, at: datetime) -> None:
    digest = sha256_hex("\n".join(f"{line.posting_key} {line.content_hash}" for line in changes.lines))
    record_activity(
        actor,
        verb="commissions_accrued",
        subject_kind="commission_lines",
        subject_id=None,
        summary=f"Settled {report.invoices} invoices: {report.written} lines written, {report.reversed} reversed",
        data={
            "invoices": report.invoices,
            "written": report.written,
            "reversed": report.reversed,
            "blocked": report.blocked,
            "digest": digest,
        },
        at=at,
    )
