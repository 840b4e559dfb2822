"""Reads on conflicts: which case a deal is in, and what a partner may know of a case of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from tallystick.deals.disclosure import keeps_quiet, was_approved
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import ClaimKind, Conflict, ConflictClaim, ConflictRuling, ConflictState
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.platform.tenancy import vendor_side


def conflicts_of_deal(*, registration_id: int | None, opportunity_id: int | None) -> list[Conflict]:
    """Return the cases a deal is or was in, those that are open first. One query; for the vendor's side."""
    about = Q(pk__in=[])
    if registration_id is not None:
        about |= Q(claims__registration_id=registration_id)
    if opportunity_id is not None:
        about |= Q(opportunity_id=opportunity_id)
    return list(Conflict.objects.filter(about).order_by("closed_at", "-pk").distinct())


def conflicts_on_import(*, import_id: int) -> list[Conflict]:
    """Return the cases about accounts and opportunities that an import added, the oldest first. For the vendor."""
    about = (
        Q(account__added_by_import_id=import_id)
        | Q(opportunity__added_by_import_id=import_id)
        | Q(claims__opportunity__added_by_import_id=import_id)
    )
    return list(Conflict.objects.filter(about).order_by("pk").distinct())


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRuling:
    """A ruling as one claimant reads it: its own part, the rule, the reason."""

    number: int
    ppm: int
    rule: str
    rules: str
    reason: str
    ruled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCase:
    """What a partner may know of a case: where it stands, its own claim, and of the others when and on what ground."""

    id: int
    reference: str
    company: str
    state: ConflictState
    due_at: datetime
    appeal_until: date | None
    appealed: bool
    own: ConflictClaim
    claims: tuple[ConflictClaim, ...]
    direct_days: int
    rulings: tuple[OwnRuling, ...]


def own_case(*, partner_id: int, conflict_id: int) -> OwnCase | None:
    """Return a case of the partner in scope, or None where it has no claim in it.

    Its own claim is read in its scope, so that row-level security finds it or not; what is added from the vendor's
    side is the list above. `claims` are there to be weighed: their partners and registrations are never shown.
    """
    own = (
        ConflictClaim.objects.filter(conflict_id=conflict_id, partner_id=partner_id)
        .select_related("registration")
        .first()
    )
    if own is None:
        return None
    with vendor_side():
        case = Conflict.objects.get(pk=conflict_id)
        claims = (
            ConflictClaim.objects.filter(conflict=case)
            .select_related("registration", "workspace")
            .order_by("happened_at", "pk")
        )
        rulings = ConflictRuling.objects.filter(conflict=case).order_by("number")
        return OwnCase(
            id=case.pk,
            reference=case.reference,
            company=own.registration.company if own.registration else case.company,
            state=ConflictState(case.state),
            due_at=case.due_at,
            appeal_until=case.appeal_until,
            appealed=hasattr(case, "appeal"),
            own=own,
            claims=tuple(_told(list(claims), own)),
            direct_days=rules_in_force().engagement.section(ConflictTerms).direct_days,
            rulings=tuple(
                OwnRuling(
                    number=row.number,
                    ppm=dict(row.parts).get(partner_id, 0),
                    rule=row.rule,
                    rules=row.rules_reference,
                    reason=row.reason,
                    ruled_at=row.ruled_at,
                )
                for row in rulings
            ),
        )


def _told(claims: list[ConflictClaim], own: ConflictClaim) -> list[ConflictClaim]:
    """Return the claims of which the partner may read: a dispute tells no more of a company than claiming it does.

    Of a claim that was never approved nothing is told under `nothing`, and under the others not what our own team does.
    """
    if own.registration is None or was_approved(own.registration):
        return claims
    if keeps_quiet(own.registration):
        return []
    return [claim for claim in claims if claim.kind != ClaimKind.DIRECT]


def own_claims_of(*, registration_id: int | None, opportunity_id: int | None) -> list[ConflictClaim]:
    """Return the partner's own claims in cases about a deal, in its scope, latest first. One query."""
    about = Q(pk__in=[])
    if registration_id is not None:
        about |= Q(registration_id=registration_id)
    if opportunity_id is not None:
        about |= Q(opportunity_id=opportunity_id)
    return list(ConflictClaim.objects.filter(about, partner__isnull=False).order_by("-pk"))
