"""Receipts: what proves when a deal was registered or a lead introduced, and what a stranger may check of it.

They are the same for every way in.

See docs/explanation/deal-registration.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import connection
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Lead
from tallystick.platform.chain_checks import MISSING, Standing, standing_of
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import current_workspace_id, scope

SHORTEST_PROOF: Final = 16
"""Characters of a proof that suffice beside the reference: 64 bits, which nobody guesses."""
_SALT: Final = "tallystick.outside-receipt"
_WHOLE_PROOF: Final = re.compile(r"[0-9a-f]{64}")
_PART_OF_PROOF: Final = re.compile(rf"[0-9a-f]{{{SHORTEST_PROOF},64}}")

_DIFFERING: Final = """
    SELECT made.reference, entry.position, made.receipt_hash IS DISTINCT FROM entry.hash,
           made.{moment} IS DISTINCT FROM entry.at, made.partner_id IS DISTINCT FROM entry.partner_id
    FROM {table} made
    LEFT JOIN platform_activityentry entry
        ON entry.workspace_id = made.workspace_id AND entry.subject_kind = %(subject)s
        AND entry.subject_id = made.id AND entry.verb = %(verb)s
    WHERE made.workspace_id = %(workspace)s AND (made.receipt_hash <> '' OR entry.hash IS NOT NULL)
      AND (made.receipt_hash IS DISTINCT FROM entry.hash OR made.{moment} IS DISTINCT FROM entry.at
           OR made.partner_id IS DISTINCT FROM entry.partner_id
           OR made.reference IS DISTINCT FROM entry.body::jsonb -> 'data' ->> 'reference')
    ORDER BY made.id
"""
Receipted = DealRegistration | Lead
"""What has a receipt: a deal that is registered, a company that a partner introduces."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where one sort of what has a receipt is kept, and what its entry in the chain is called."""

    model: type[Receipted]
    moment: str
    subject: str
    verb: str


_REGISTRATIONS: Final = _Kept(DealRegistration, "submitted_at", "deal_registration", "deal_registered")
_LEADS: Final = _Kept(Lead, "introduced_at", "lead", "lead_introduced")
_KEPT: Final = (_REGISTRATIONS, _LEADS)


class ReceiptLinkInvalid(ValueError):
    """The link to a receipt was not made here."""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What every receipt holds, whichever way the registration or lead came in.

    `received_at` is in UTC, `proof` the hash of its entry in the activity chain, `position` its place there (0 where it
    is missing), and `verify_url` where anybody who holds the receipt can have it checked.
    """

    reference: str
    received_at: datetime
    proof: str
    position: int
    verify_url: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What is said of a receipt to whoever holds it: nothing but what stands on it, and whether it holds.

    `workspace` is the vendor in whose record it stands, `time_zone` the vendor's.
    """

    facts: ReceiptFacts
    workspace: str
    time_zone: str
    chain: Standing
    row_agrees: bool

    @property
    def holds(self) -> bool:
        """Tell whether the record proves the receipt today."""
        return self.chain.holds and self.row_agrees


def receipt_of(made: Receipted) -> ReceiptFacts:
    """Return the receipt of a registration, or of a lead that a partner introduced. One query."""
    return _facts(made, _entry_of(made))


def verify_url_of(proof: str) -> str:
    """Return the address at which a proof is checked without signing in."""
    return str(settings.BASE_URL) + reverse("verify_receipt", args=[proof])


def outside_receipt_path(made: DealRegistration) -> str:
    """Return where whoever registered it without signing in sees the receipt again. The link is signed, and stays."""
    key = [made.workspace_id, made.partner_id, made.pk]
    return reverse("outside_receipt", args=[signing.dumps(key, salt=_SALT)])


def outside_receipt_url(made: DealRegistration) -> str:
    """Return the same as an address, for mails."""
    return str(settings.BASE_URL) + outside_receipt_path(made)


def read_outside_receipt(token: str) -> tuple[int, int, int]:
    """Return workspace, partner and registration of such a link. Raises `ReceiptLinkInvalid`."""
    try:
        workspace_id, partner_id, registration_id = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ReceiptLinkInvalid from error
    return workspace_id, partner_id, registration_id


def find_receipt(*, proof: str, reference: str = "") -> Verification | None:
    """Check a receipt by its whole proof, or by its reference and the first `SHORTEST_PROOF` characters or more.

    Looks through the workspaces one after the other, each in its own scope; whoever asks has none. Nothing for what
    stands in no record, whatever the reason: a mistyped character, or a reference that belongs to another proof.
    """
    wanted, named = "".join(proof.split()).lower(), reference.strip().upper()
    if not (_PART_OF_PROOF if named else _WHOLE_PROOF).fullmatch(wanted):
        return None
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace_id=workspace.pk):
            # Equality alone finds its index beneath row-level security; the beginning of a proof is compared here.
            asked = {"reference": named} if named else {"receipt_hash": wanted}
            for kept in _KEPT:
                made = kept.model.objects.filter(**asked).first()
                if made is not None and made.receipt_hash.startswith(wanted):
                    return _verified(made, workspace)
    return None


def receipts_that_differ() -> Iterator[str]:
    """Yield a sentence for each registration and lead in scope that says something else than its receipt's entry."""
    for kept in _KEPT:
        yield from _that_differ(kept)


def _that_differ(kept: _Kept) -> Iterator[str]:
    statement = _DIFFERING.format(table=kept.model._meta.db_table, moment=kept.moment)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"workspace": current_workspace_id(), "subject": kept.subject, "verb": kept.verb})
        rows = cursor.fetchall()
    for reference, position, other_proof, other_moment, other_partner in rows:
        if position is None:
            yield f"{reference} has a receipt that stands nowhere in the chain."
            continue
        what = "another proof" if other_proof else "another moment" if other_moment else ""
        what = what or ("another partner" if other_partner else "another reference")
        yield f"{reference} shows {what} than entry {position}, which is its receipt."


def _verified(made: Receipted, workspace: Workspace) -> Verification:
    entry = _entry_of(made)
    if entry is None:
        chain, agrees = MISSING, False
    else:
        shown = (made.receipt_hash, _moment_of(made), made.partner_id)
        chain, agrees = standing_of(entry), shown == (entry.hash, entry.at, entry.partner_id)
    return Verification(
        facts=_facts(made, entry),
        workspace=workspace.name,
        time_zone=workspace.time_zone,
        chain=chain,
        row_agrees=agrees,
    )


def _entry_of(made: Receipted) -> ActivityEntry | None:
    kept = _REGISTRATIONS if isinstance(made, DealRegistration) else _LEADS
    entries = ActivityEntry.objects.filter(subject_kind=kept.subject, subject_id=made.pk, verb=kept.verb)
    return entries.order_by("position").first()


def _moment_of(made: Receipted) -> datetime:
    return made.submitted_at if isinstance(made, DealRegistration) else made.introduced_at


def _facts(made: Receipted, entry: ActivityEntry | None) -> ReceiptFacts:
    return ReceiptFacts(
        reference=made.reference,
        received_at=(entry.at if entry else _moment_of(made)).astimezone(UTC),
        proof=made.receipt_hash,
        position=entry.position if entry else 0,
        verify_url=verify_url_of(made.receipt_hash),
    )
