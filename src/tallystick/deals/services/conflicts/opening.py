"""Opens a case, at most one of the same claims at a time, and tells each side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import ClaimKind, Conflict, ConflictClaim, ConflictKind
from tallystick.deals.services.terms import calendar_for
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.tenancy import current_workspace_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """One side of a new case; `partner_id` is none for our own team. `key` names it among the claims of the case."""

    key: str
    partner_id: int | None
    kind: ClaimKind
    happened_at: datetime | None
    learned_at: datetime | None
    registration_id: int | None = None
    opportunity_id: int | None = None
    held_account: bool = False
    grounds: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConflict:
    """A case to be opened, with the claims that stand against each other."""

    kind: ConflictKind
    company: str
    account_key: str
    product_key: str
    account_id: int | None
    opportunity_id: int | None
    claims: Sequence[NewClaim]
    words: str = ""


def claims_key(claims: Iterable[NewClaim]) -> str:
    """Name claims in one order, whichever way round they are given."""
    return " ".join(sorted(claim.key for claim in claims))


@transaction.atomic
def open_conflict(actor: Actor, *, case: NewConflict, at: datetime) -> Conflict | None:
    """Open a case and tell its sides; None where one of the same claims is open. Of any that race one is opened."""
    inserted = insert_rows(
        Conflict,
        columns=_COLUMNS,
        rows=[
            (
                current_workspace_id(),
                case.kind.value,
                case.company,
                case.account_key,
                case.product_key,
                claims_key(case.claims),
                case.account_id,
                case.opportunity_id,
                "open",
                at,
                actor.label,
                case.words.strip(),
                rules_in_force().engagement.answer_due(at, calendar=calendar_for()),
            )
        ],
        skip_existing=True,
        returning=["id"],
    )
    if not inserted:
        return None
    conflict = Conflict.objects.get(pk=inserted[0][0])
    for claim in case.claims:
        _add(conflict, claim)
    words = f"{conflict.reference} {conflict.company}: claims stand against each other"
    record_conflict(actor, conflict, verb="conflict_opened", words=words, data={"kind": conflict.kind}, at=at)
    tell_claimants(actor, conflict, verb="conflict_opened", words="is contested", at=at)
    return conflict


def _add(conflict: Conflict, claim: NewClaim) -> None:
    ConflictClaim.objects.create(
        workspace_id=conflict.workspace_id,
        conflict=conflict,
        partner_id=claim.partner_id,
        kind=claim.kind,
        registration_id=claim.registration_id,
        opportunity_id=claim.opportunity_id,
        happened_at=claim.happened_at,
        learned_at=claim.learned_at,
        held_account=claim.held_account,
        grounds=claim.grounds,
    )


def record_conflict(
    actor: Actor, conflict: Conflict, *, verb: str, words: str, at: datetime, data: dict[str, object] | None = None
) -> None:
    """Record what happened to a case, for the vendor's side."""
    record_activity(
        actor,
        verb=verb,
        subject_kind="conflict",
        subject_id=conflict.pk,
        summary=words,
        data={"reference": conflict.reference, "company": conflict.company, **(data or {})},
        at=at,
    )


def tell_claimants(
    actor: Actor,
    conflict: Conflict,
    *,
    verb: str,
    words: str,
    at: datetime,
    data: dict[int, dict[str, object]] | None = None,
) -> None:
    """Record the same for every partner that claims, each in an entry of its own that names nobody else.

    `data` is what each may know besides, by partner.
    """
    claims = ConflictClaim.objects.filter(conflict=conflict, partner__isnull=False).select_related("registration")
    for claim in claims.order_by("pk"):
        registration = claim.registration
        record_activity(
            actor,
            verb=verb,
            subject_kind="deal_registration" if registration else "opportunity",
            subject_id=registration.pk if registration else conflict.opportunity_id,
            summary=f"{registration.reference} {registration.company} {words}"
            if registration
            else f"{conflict.company} {words}",
            data={"reference": conflict.reference, **((data or {}).get(claim.partner_id or 0, {}))},
            partner_id=claim.partner_id,
            at=at,
        )


_COLUMNS = (
    "workspace_id",
    "kind",
    "company",
    "account_key",
    "product_key",
    "claims_key",
    "account_id",
    "opportunity_id",
    "state",
    "opened_at",
    "opened_by_label",
    "words",
    "due_at",
)
