"""Commands of the ledger: post entries, close a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.ledger.models import ClosedMonth, LedgerAccount, Posting
from tallystick.ledger.queries import closed_through
from tallystick.ledger.rules import booking_day
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.database.bulk import any_key_of, insert_rows
from tallystick.platform.tenancy import current_workspace_id


class IdempotencyConflictError(ValueError):
    """Raised when an idempotency key comes again with another input: one of the two callers is wrong."""


@dataclass(frozen=True, slots=True)
class AccountRef:
    """A ledger account by its code, and the partner whose account it is, if any."""

    code: str
    partner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount to be moved from `source` to `destination`; `amount` is above zero, `fact_on` the day it happened."""

    source: AccountRef
    destination: AccountRef
    amount: Money
    fact_on: date
    idempotency_key: str
    description: str

    @property
    def partner_id(self) -> int | None:
        """Return the partner whose account the entry touches."""
        return self.source.partner_id or self.destination.partner_id

    @property
    def input_hash(self) -> str:
        """Return SHA-256 over everything the entry says, so that a key cannot be reused for something else."""
        return sha256_hex(
            canonical_json(
                [
                    self.source.code,
                    self.destination.code,
                    self.amount.minor,
                    self.amount.currency,
                    self.fact_on.isoformat(),
                ]
            )
        )


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting in the ledger: its id and the day it counts for."""

    id: int
    effective_on: date


POSTING_COLUMNS = (
    "workspace_id",
    "source_account_id",
    "destination_account_id",
    "partner_id",
    "amount_minor",
    "currency",
    "fact_on",
    "effective_on",
    "idempotency_key",
    "input_hash",
    "description",
    "recorded_at",
)


@transaction.atomic
def post_entries(*, entries: Sequence[Entry], at: datetime | None = None) -> dict[str, Posted]:
    """Write entries to the ledger, now or as of `at`, and return their postings by key; repeats change nothing.

    The caller records the activity that caused the entries. Raises IdempotencyConflictError when a known key comes with
    another input; nothing is posted then. Waits for a month that is being closed.
    """
    if not entries:
        return {}
    _hold_closing()
    accounts = _account_ids({ref for entry in entries for ref in (entry.source, entry.destination)})
    closed = closed_through()
    hashes = [entry.input_hash for entry in entries]
    workspace_id, recorded_at = current_workspace_id(), at or now()
    insert_rows(
        Posting,
        columns=POSTING_COLUMNS,
        rows=(
            (
                workspace_id,
                accounts[entry.source.code],
                accounts[entry.destination.code],
                entry.partner_id,
                entry.amount.minor,
                entry.amount.currency,
                entry.fact_on,
                booking_day(fact_on=entry.fact_on, closed_through=closed),
                entry.idempotency_key,
                input_hash,
                entry.description[:255],
                recorded_at,
            )
            for entry, input_hash in zip(entries, hashes, strict=True)
        ),
        skip_existing=True,
    )
    return _posted({entry.idempotency_key: input_hash for entry, input_hash in zip(entries, hashes, strict=True)})


def _posted(hashes: Mapping[str, str]) -> dict[str, Posted]:
    found = Posting.objects.filter(idempotency_key__in=any_key_of(hashes)).values_list(
        "idempotency_key", "id", "effective_on", "input_hash"
    )
    posted: dict[str, Posted] = {}
    for key, posting_id, effective_on, input_hash in found:
        if hashes[key] != input_hash:
            raise IdempotencyConflictError(f"{key} was posted before with other accounts, amount or date.")
        posted[key] = Posted(id=posting_id, effective_on=effective_on)
    return posted


def _account_ids(refs: set[AccountRef]) -> dict[str, int]:
    codes = {ref.code for ref in refs}
    known = dict(LedgerAccount.objects.filter(code__in=codes).values_list("code", "id"))
    missing = sorted((ref for ref in refs if ref.code not in known), key=lambda ref: ref.code)
    if missing:
        LedgerAccount.objects.bulk_create(
            [
                LedgerAccount(workspace_id=current_workspace_id(), code=ref.code, partner_id=ref.partner_id)
                for ref in missing
            ],
            ignore_conflicts=True,
        )
        known = dict(LedgerAccount.objects.filter(code__in=codes).values_list("code", "id"))
    return known


@transaction.atomic
def close_month(actor: Actor, *, month: Month, at: datetime | None = None) -> ClosedMonth:
    """Close a month, and all before it, for postings, now or as of `at`; closing it again changes nothing.

    What comes late is booked in the next open month. Waits for postings on their way and lets no other begin until the
    transaction ends: whoever holds it sees all that the month will ever have.
    """
    _hold_postings()
    closed_at = at or now()
    closed, is_new = ClosedMonth.objects.get_or_create(
        workspace_id=current_workspace_id(),
        month=month.first_day,
        defaults={"closed_at": closed_at, "closed_by_label": actor.label},
    )
    if is_new:
        record_activity(
            actor,
            verb="month_closed",
            subject_kind="ledger_month",
            subject_id=closed.pk,
            summary=f"Closed {month} for postings",
            data={"month": str(month)},
            at=closed_at,
        )
    return closed


def _hold_closing() -> None:
    """Keep months from being closed until the transaction ends; others may post at the same time."""
    _lock("SELECT pg_advisory_xact_lock_shared(hashtextextended('tallystick.ledger', %s))")


def _hold_postings() -> None:
    """Wait for the postings on their way, and keep others from beginning until the transaction ends."""
    _lock("SELECT pg_advisory_xact_lock(hashtextextended('tallystick.ledger', %s))")


def _lock(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_workspace_id()])
