"""Finds claims that stand against each other: what came second, and what our own team does on a claimed account.

Looks at registrations that are live or were made lately, never at all history; a repeat opens nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Max, Q

from tallystick.crm.models import Opportunity, OpportunityStatus, SalesActivity
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import (
    ClaimKind,
    Conflict,
    ConflictKind,
    DealRegistration,
    MayLearn,
    Protection,
    RegistrationState,
)
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.rules.states import HOLDING
from tallystick.deals.services.conflicts.opening import NewClaim, NewConflict, claims_key, open_conflict
from tallystick.deals.services.matching import MEETING
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import any_of
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

CAME_SECOND: Final = ("first_to_register", "product_scope")
LATELY: Final = timedelta(days=30)
"""How far back a claim that came second is looked for; every look finds it within minutes of its submission."""


def find_conflicts(actor: Actor, *, at: datetime) -> list[Conflict]:
    """Open a case for claims that stand against each other and have none, and return those opened."""
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    days = rules_in_force().engagement.section(ConflictTerms).direct_days
    found = [*_rivals(since=at - LATELY), *_direct(zone=zone, direct_days=days)]
    return open_new(actor, found, at=at)


def open_new(actor: Actor, found: list[NewConflict], *, at: datetime) -> list[Conflict]:
    """Open those cases whose claims were never in one: what was ruled once is not opened by itself again."""
    keys = [claims_key(case.claims) for case in found]
    known = set(Conflict.objects.filter(claims_key__in=keys).values_list("claims_key", flat=True))
    fresh = [case for case in found if claims_key(case.claims) not in known]
    return [opened for case in fresh if (opened := open_conflict(actor, case=case, at=at)) is not None]


def claim_of(registration: DealRegistration) -> NewClaim:
    """Return what a registration is as one side of a case."""
    return NewClaim(
        key=f"r{registration.pk}",
        partner_id=registration.partner_id,
        kind=ClaimKind.REGISTRATION,
        happened_at=registration.submitted_at,
        learned_at=registration.submitted_at,
        registration_id=registration.pk,
        held_account=registration.state in HOLDING,
        grounds=registration.reference,
    )


def rival_of(registration: DealRegistration) -> DealRegistration | None:
    """Return the registration of another partner that held the account when this one was made, if any."""
    claimed = Protection.objects.filter(account_key=registration.account_key, claimed_at__lte=registration.submitted_at)
    if registration.product_key:
        claimed = claimed.filter(product_key__in=["", registration.product_key])
    held = claimed.filter(Q(released_at__isnull=True) | Q(released_at__gte=registration.submitted_at))
    others = (
        held.exclude(partner_id=registration.partner_id).select_related("registration").order_by("claimed_at", "pk")
    )
    found = others.first()
    return found.registration if found else None


def _rivals(*, since: datetime) -> Iterator[NewConflict]:
    second = DealRegistration.objects.filter(
        state=RegistrationState.DECLINED, decision_rule__in=CAME_SECOND, submitted_at__gte=since, contests__isnull=True
    ).exclude(disclosure=MayLearn.NOTHING)
    for registration in second.order_by("pk"):
        holder = rival_of(registration)
        if holder is not None:
            yield NewConflict(
                kind=ConflictKind.TWO_PARTNERS,
                company=holder.company,
                account_key=holder.account_key,
                product_key=registration.product_key,
                account_id=holder.account_id or registration.account_id,
                opportunity_id=holder.opportunity_id,
                claims=[claim_of(holder), claim_of(registration)],
            )


def _direct(*, zone: ZoneInfo, direct_days: int) -> Iterator[NewConflict]:
    """Yield live claims to accounts where our own team has an open deal, or met lately before the claim."""
    live = list(
        DealRegistration.objects.filter(state__in=list(HOLDING), account__isnull=False)
        # A case is told to its sides; before an approval that would tell what may not be told.
        .exclude(state=RegistrationState.SUBMITTED, disclosure=MayLearn.NOTHING)
        .exclude(contests__conflict__kind__in=[ConflictKind.DIRECT_FIRST, ConflictKind.DIRECT_ON_PROTECTED])
        .order_by("pk")
    )
    accounts = any_of({registration.account_id or 0 for registration in live})
    deals: dict[int | None, Opportunity] = {}
    own = Opportunity.objects.filter(
        account_id__in=accounts, status=OpportunityStatus.OPEN, registrations__isnull=True, partner_named=""
    )
    for opportunity in own.order_by("-opened_on", "-pk"):
        deals[opportunity.account_id] = opportunity
    met = dict(
        SalesActivity.objects.filter(account_id__in=accounts, kind__iexact=MEETING)
        .values_list("account_id")
        .annotate(last=Max("happened_on"))
        .order_by()
    )
    for registration in live:
        deal = deals.get(registration.account_id)
        if deal is not None:
            yield _case(registration, _deal_claim(deal, zone=zone))
            continue
        day = met.get(registration.account_id)
        if day is None or registration.opportunity_id is not None:
            continue
        at = datetime.combine(day, time(), tzinfo=zone)
        if at <= registration.submitted_at <= at + timedelta(days=direct_days + 1):
            yield _case(registration, _meeting_claim(at))


def _deal_claim(deal: Opportunity, *, zone: ZoneInfo) -> NewClaim:
    return NewClaim(
        key=f"o{deal.pk}",
        partner_id=None,
        kind=ClaimKind.DIRECT,
        happened_at=datetime.combine(deal.opened_on, time(), tzinfo=zone) if deal.opened_on else None,
        learned_at=deal.learned_at,
        opportunity_id=deal.pk,
        grounds=deal.name,
    )


def _meeting_claim(at: datetime) -> NewClaim:
    return NewClaim(
        key=f"m{at:%Y%m%d}", partner_id=None, kind=ClaimKind.DIRECT, happened_at=at, learned_at=at, grounds="meeting"
    )


def _case(registration: DealRegistration, ours: NewClaim) -> NewConflict:
    later = ours.happened_at is not None and ours.happened_at.date() >= registration.submitted_at.date()
    return NewConflict(
        kind=ConflictKind.DIRECT_ON_PROTECTED if later else ConflictKind.DIRECT_FIRST,
        company=registration.company,
        account_key=registration.account_key,
        product_key=registration.product_key,
        account_id=registration.account_id,
        opportunity_id=ours.opportunity_id or registration.opportunity_id,
        claims=[claim_of(registration), ours],
    )
