"""Claims an account: two constraints of the table are the judge, never a check before an insert.

Locks are always taken in one order, registrations before protections, so that rivals never wait in a circle.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from tallystick.deals.models import (
    DealRegistration,
    Protection,
    RegistrationRequest,
    RegistrationState,
    RequestKind,
    RequestState,
)
from tallystick.deals.rules.engagement.claims import Holder
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.tenancy import current_workspace_id

EXPIRED = "expired"


def claim_protection(registration: DealRegistration, *, product_key: str, at: datetime) -> bool:
    """Claim the account for a registration. True for exactly one of any number of rivals, however they race.

    Rivals that race wait for the one that was first to end its transaction.
    """
    claimed = insert_rows(
        Protection,
        columns=(
            "workspace_id",
            "partner_id",
            "registration_id",
            "account_key",
            "product_key",
            "claimed_at",
            "release_reason",
        ),
        rows=[
            (
                registration.workspace_id,
                registration.partner_id,
                registration.pk,
                registration.account_key,
                product_key,
                at,
                "",
            )
        ],
        skip_existing=True,
        returning=["id"],
    )
    return bool(claimed)


def overlapping(*, account_key: str, product_key: str) -> QuerySet[Protection]:
    """Return the protections that a claim may meet: of that part of the account, or of one overlapping."""
    found = Protection.objects.filter(account_key=account_key)
    return found.filter(product_key__in=["", product_key]) if product_key else found


def holders_of(among: QuerySet[Protection], *, product_key: str, partner_id: int) -> tuple[Holder, Holder]:
    """Say who holds just what is claimed, and who another part of the account that overlaps with it. One query.

    As far as the partner may know; `among` are the protections in question. Of several that overlap the partner's own
    comes first, as that is what it knows.
    """
    held = among.filter(released_at__isnull=True).order_by("pk")
    same, overlap = Holder.NOBODY, Holder.NOBODY
    for product, *holders in held.values_list("product_key", "partner_id", "registration__distributor_id"):
        # Reseller and distributor of one deal are protected together.
        holder = Holder.THIS_PARTNER if partner_id in holders else Holder.ANOTHER_PARTNER
        if product == product_key:
            same = holder
        elif overlap is not Holder.THIS_PARTNER:
            overlap = holder
    return same, overlap


def as_its_partner_knows(
    holders: tuple[Holder, Holder], *, account_key: str, product_key: str, partner_id: int, registration_id: int = 0
) -> tuple[Holder, Holder]:
    """Count the partner's claims that wait without holding anything as those that hold. One query.

    Its partner was not told that such a claim came second, and a second one of its own would tell it: it is answered as
    where the first one holds the company. `registration_id` is the claim's own, if it has one.
    """
    waiting = DealRegistration.objects.filter(
        Q(partner_id=partner_id) | Q(distributor_id=partner_id),
        account_key=account_key,
        state=RegistrationState.SUBMITTED,
    )
    same, overlap = holders
    others = waiting.exclude(undisclosed_rule="").exclude(pk=registration_id)
    for product in others.order_by("pk").values_list("product_key", flat=True):
        if product == product_key:
            same = Holder.THIS_PARTNER
        elif not product or not product_key:
            overlap = Holder.THIS_PARTNER
    return same, overlap


def lock_own_claims(*, account_key: str, partner_id: int) -> None:
    """Let a partner's claims to one company come one after the other, until the transaction ends; locked before all."""
    named = f"tallystick.claims:{current_workspace_id()}:{partner_id}:{account_key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [named])


def still_held(protections: QuerySet[Protection], *, today: date) -> QuerySet[Protection]:
    """Return those among protections that have not run out, though nobody may have ended them yet."""
    return protections.filter(
        Q(protected_until__isnull=True) | Q(protected_until__gte=today) | Exists(_extension_asked())
    )


def _run_out(protections: QuerySet[Protection], *, today: date) -> QuerySet[Protection]:
    """Return those among protections whose last day is past and for which no more time is asked."""
    return protections.filter(~Exists(_extension_asked()), protected_until__lt=today)


def _extension_asked() -> QuerySet[RegistrationRequest]:
    return RegistrationRequest.objects.filter(
        registration_id=OuterRef("registration_id"), kind=RequestKind.EXTENSION, state=RequestState.WAITING
    )


def release(registration_id: int, *, reason: str, at: datetime) -> None:
    """Let go of what a registration holds. Its row must be locked."""
    Protection.objects.filter(registration_id=registration_id, released_at__isnull=True).update(
        released_at=at, release_reason=reason
    )


def release_expired(protections: QuerySet[Protection], *, today: date, at: datetime) -> list[int]:
    """Let go of those protections whose last day is past and end their registrations. Returns the registrations.

    One for which more time was asked in time waits for that answer: our delay is not the partner's.
    """
    overdue = _run_out(protections.filter(released_at__isnull=True), today=today)
    expected = list(overdue.values_list("registration_id", flat=True))
    if not expected:
        return []
    locked = DealRegistration.objects.filter(
        pk__in=expected, state=RegistrationState.APPROVED, protected_until__lt=today
    ).order_by("pk")
    ended = list(locked.select_for_update().values_list("pk", flat=True))
    Protection.objects.filter(registration_id__in=ended, released_at__isnull=True).update(
        released_at=at, release_reason=EXPIRED
    )
    DealRegistration.objects.filter(pk__in=ended).update(state=RegistrationState.EXPIRED)
    RegistrationRequest.objects.filter(registration_id__in=ended, state=RequestState.WAITING).update(
        state=RequestState.LAPSED, decided_at=at
    )
    return ended
