"""What a side may do about a decision: dispute it within days, and appeal a ruling once. Closes what is settled."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import (
    ClaimKind,
    Conflict,
    ConflictAppeal,
    ConflictClaim,
    ConflictKind,
    ConflictRuling,
    ConflictState,
    DealRegistration,
    RegistrationState,
)
from tallystick.deals.rules.conflicts.ruling import ConflictRefused, last_day
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.services.conflicts.finding import claim_of, own_claim, rival_of
from tallystick.deals.services.conflicts.opening import (
    NewClaim,
    NewConflict,
    open_conflict,
    record_conflict,
    tell_claimants,
)
from tallystick.deals.services.terms import calendar_for
from tallystick.kernel.periods import day_of
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_scope, current_workspace_id, vendor_side

_WAS_DECIDED = (RegistrationState.DECLINED, RegistrationState.EXPIRED, RegistrationState.APPROVED)


@transaction.atomic
def dispute_decision(actor: Actor, *, registration_id: int, words: str, at: datetime) -> Conflict:
    """Open a case about a decision on a registration, by hand; works in the partner's scope for its own.

    A case that is open about it already is returned. Raises `DealRegistration.DoesNotExist`, and `ConflictRefused`
    without words, for what was not decided, after the days that the rules give, and for a partner that disputes what
    was ruled: against a ruling there is one appeal.
    """
    if not words.strip():
        raise ConflictRefused("Say what is wrong with the decision.")
    registration = DealRegistration.objects.get(pk=registration_id)
    is_partner = current_scope().partner_id is not None
    with vendor_side():
        standing = Conflict.objects.filter(claims__registration=registration, closed_at__isnull=True)
        known = standing.order_by("pk").first()
        if known is not None:
            return known
        if not may_dispute(registration, at=at):
            raise ConflictRefused("The decision can no longer be disputed.")
        if is_partner and _was_ruled(registration):
            raise ConflictRefused("The decision was ruled: a ruling is appealed, once, and then it stands.")
        rival = rival_of(registration)
        other = claim_of(rival) if rival else own_claim(registration) or _decision(registration)
        case = NewConflict(
            kind=ConflictKind.DISPUTED,
            company=registration.company,
            account_key=registration.account_key,
            product_key=registration.product_key,
            account_id=registration.account_id,
            opportunity_id=registration.opportunity_id,
            claims=[claim_of(registration), other],
            words=words,
        )
        opened = open_conflict(actor, case=case, at=at)
        return opened or standing.order_by("pk")[0]


def may_dispute(registration: DealRegistration, *, at: datetime) -> bool:
    """Tell whether the decision on a registration may be disputed today."""
    if registration.state not in _WAS_DECIDED or registration.decided_at is None:
        return False
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    days = rules_in_force().engagement.section(ConflictTerms).dispute_days
    return day_of(at, zone=zone) <= last_day(day_of(registration.decided_at, zone=zone), days)


def _was_ruled(registration: DealRegistration) -> bool:
    """Tell whether the decision on a registration is a ruling, or one that a ruling left as it was."""
    rulings = ConflictRuling.objects.filter(conflict__claims__registration=registration)
    return rulings.filter(ruled_at__gte=registration.decided_at).exists()


def _decision(registration: DealRegistration) -> NewClaim:
    """Return our side where neither a partner nor our own team stands against a claim: the decision itself."""
    return NewClaim(
        key=f"d{registration.pk}",
        partner_id=None,
        kind=ClaimKind.DECISION,
        happened_at=registration.decided_at,
        learned_at=registration.decided_at,
    )


@transaction.atomic
def appeal_ruling(
    actor: Actor, *, conflict_id: int, partner_id: int | None, words: str, at: datetime
) -> ConflictAppeal:
    """Appeal a ruling, once a case and within the days that stood in it; another person decides then.

    Works in the partner's scope for a case of its own. Raises `Conflict.DoesNotExist` and `ConflictRefused`.
    """
    if not words.strip():
        raise ConflictRefused("Say what the ruling overlooked.")
    if (
        partner_id is not None
        and not ConflictClaim.objects.filter(conflict_id=conflict_id, partner_id=partner_id).exists()
    ):
        raise Conflict.DoesNotExist
    with vendor_side():
        conflict = Conflict.objects.select_for_update().get(pk=conflict_id)
        workspace = Workspace.objects.get(pk=conflict.workspace_id)
        today = day_of(at, zone=ZoneInfo(workspace.time_zone))
        if conflict.state != ConflictState.RULED or conflict.appeal_until is None or today > conflict.appeal_until:
            raise ConflictRefused("The ruling cannot be appealed any more.")
        appeal = ConflictAppeal.objects.create(
            workspace_id=conflict.workspace_id,
            conflict=conflict,
            partner_id=partner_id,
            words=words.strip(),
            appealed_at=at,
            appealed_by_label=actor.label,
        )
        conflict.state = ConflictState.APPEALED
        conflict.due_at = rules_in_force().engagement.answer_due(at, calendar=calendar_for())
        conflict.save(update_fields=["state", "due_at"])
        summary = f"{conflict.reference} {conflict.company}: the ruling was appealed"
        record_conflict(actor, conflict, verb="conflict_appealed", words=summary, at=at)
        tell_claimants(actor, conflict, verb="conflict_appealed", words="is under appeal", at=at)
    return appeal


@transaction.atomic
def close_conflicts(actor: Actor, *, at: datetime) -> list[Conflict]:
    """Close cases whose appeal nobody made in time, and those where a claim was withdrawn. Returns those closed."""
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    past = Conflict.objects.filter(state=ConflictState.RULED, appeal_until__lt=day_of(at, zone=zone))
    given_up = Conflict.objects.filter(
        state=ConflictState.OPEN, claims__registration__state=RegistrationState.WITHDRAWN
    )
    keys = {*past.values_list("pk", flat=True), *given_up.values_list("pk", flat=True)}
    closed = list(Conflict.objects.filter(pk__in=keys, closed_at__isnull=True).order_by("pk").select_for_update())
    for conflict in closed:
        close(actor, conflict, at=at)
    return closed


def close(actor: Actor, conflict: Conflict, *, at: datetime) -> None:
    """Close a case. Its row must be locked."""
    conflict.state = ConflictState.CLOSED
    conflict.closed_at = at
    conflict.save(update_fields=["state", "closed_at"])
    summary = f"{conflict.reference} {conflict.company}: the case is closed"
    record_conflict(actor, conflict, verb="conflict_closed", words=summary, at=at)
    tell_claimants(actor, conflict, verb="conflict_closed", words="is no longer contested", at=at)
