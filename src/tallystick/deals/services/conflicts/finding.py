"""Finds claims that stand against each other: what came second, and what our own team does on a claimed account.

Looks at registrations that are live or were made lately, never at all history; a repeat opens nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import combinations, groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from tallystick.crm.models import Opportunity, OpportunityStatus, SalesActivity
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import (
    ClaimKind,
    Conflict,
    ConflictClaim,
    ConflictKind,
    DealRegistration,
    MayLearn,
    Protection,
    RegistrationState,
)
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.rules.states import HOLDING
from tallystick.deals.services.conflicts.opening import NewClaim, NewConflict, claims_key, open_conflict
from tallystick.deals.services.matching import MEETING, NO_ACCOUNT
from tallystick.kernel.periods import day_of
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
    found = [*_rivals(since=at - LATELY), *_same_account(), *_direct(zone=zone, direct_days=days)]
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


def own_claim(registration: DealRegistration) -> NewClaim | None:
    """Return what our own team does at the account of a claim, as the other side of a case: a deal, else a meeting."""
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    days = rules_in_force().engagement.section(ConflictTerms).direct_days
    deals = _own_deals({registration.account_id or NO_ACCOUNT})[registration.account_id or NO_ACCOUNT]
    if deals:
        return _deal_claim(deals[0], zone=zone)
    row = _with_meetings(DealRegistration.objects.filter(pk=registration.pk), zone=zone).get()
    return _meeting_claim(row.met_on, zone=zone) if _is_lately(row.met_on, row.claimed_on, days) else None


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


def _same_account() -> Iterator[NewConflict]:
    """Yield live claims of two partners that turned out to be to one account of the CRM, under two of its names.

    Of one name PostgreSQL lets only one be held. Reseller and distributor of one deal are protected together.
    """
    live = _live()
    shared = live.values("account_id").annotate(partners=Count("partner_id", distinct=True)).filter(partners__gt=1)
    rows = live.filter(account_id__in=shared.values("account_id")).order_by("account_id", "submitted_at", "pk")
    for _account, claims in groupby(rows, key=lambda row: row.account_id):
        for first, second in combinations(claims, 2):
            if _are_rivals(first, second):
                yield NewConflict(
                    kind=ConflictKind.TWO_PARTNERS,
                    company=first.company,
                    account_key=first.account_key,
                    product_key=second.product_key,
                    account_id=first.account_id,
                    opportunity_id=first.opportunity_id or second.opportunity_id,
                    claims=[claim_of(first), claim_of(second)],
                )


def _are_rivals(first: DealRegistration, second: DealRegistration) -> bool:
    together = first.partner_id == second.distributor_id or second.partner_id == first.distributor_id
    overlap = "" in (first.product_key, second.product_key) or first.product_key == second.product_key
    return first.partner_id != second.partner_id and overlap and not together


def _live() -> QuerySet[DealRegistration]:
    """Return the claims that hold an account of the CRM and of which a case may be told."""
    held = DealRegistration.objects.filter(state__in=list(HOLDING), account__isnull=False)
    # A case is told to its sides; before an approval that would tell what may not be told.
    return held.exclude(state=RegistrationState.SUBMITTED, disclosure=MayLearn.NOTHING)


def _direct(*, zone: ZoneInfo, direct_days: int) -> Iterator[NewConflict]:
    """Yield live claims to accounts where our own team has an open deal, or met lately before the claim.

    One case at a time, and one for each of our deals: what was ruled about one says nothing about the next.
    """
    ours = ConflictClaim.objects.filter(registration__isnull=False, conflict__claims__kind=ClaimKind.DIRECT)
    waiting = _live().exclude(pk__in=ours.filter(conflict__closed_at__isnull=True).values("registration_id"))
    live = list(_with_meetings(waiting, zone=zone).order_by("pk"))
    earlier: dict[int, set[str]] = defaultdict(set)
    for registration_id, key in ours.filter(registration__in=[row.pk for row in live]).values_list(
        "registration_id", "conflict__claims_key"
    ):
        earlier[registration_id or 0].add(key)
    deals = _own_deals({row.account_id or 0 for row in live})
    for row in live:
        cases = (_case(row, _deal_claim(deal, zone=zone), zone=zone) for deal in deals.get(row.account_id or 0, ()))
        fresh = next((case for case in cases if claims_key(case.claims) not in earlier[row.pk]), None)
        if fresh is not None:
            yield fresh
        elif not earlier[row.pk] and row.opportunity_id is None and _is_lately(row.met_on, row.claimed_on, direct_days):
            yield _case(row, _meeting_claim(row.met_on, zone=zone), zone=zone)


def _is_lately(met_on: date | None, claimed_on: date, days: int) -> bool:
    return met_on is not None and claimed_on <= met_on + timedelta(days=days)


def _with_meetings(claims: QuerySet[DealRegistration], *, zone: ZoneInfo) -> QuerySet[Any]:
    """Return the claims with the day they were made, `claimed_on`, and our latest meeting there until it, `met_on`."""
    met = SalesActivity.objects.filter(account_id=OuterRef("account_id"), kind__iexact=MEETING)
    latest = met.filter(happened_on__lte=OuterRef("claimed_on")).order_by("-happened_on").values("happened_on")[:1]
    return claims.annotate(claimed_on=TruncDate("submitted_at", tzinfo=zone)).annotate(met_on=Subquery(latest))


def _own_deals(account_ids: set[int]) -> Mapping[int, list[Opportunity]]:
    """Return the open deals of our own team by account, the oldest first."""
    found: dict[int, list[Opportunity]] = defaultdict(list)
    own = Opportunity.objects.filter(
        account_id__in=any_of(account_ids), status=OpportunityStatus.OPEN, registrations__isnull=True, partner_named=""
    )
    for deal in own.order_by(F("opened_on").asc(nulls_last=True), "pk"):
        found[deal.account_id or 0].append(deal)
    return found


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


def _meeting_claim(met_on: date, *, zone: ZoneInfo) -> NewClaim:
    at = datetime.combine(met_on, time(), tzinfo=zone)
    return NewClaim(
        key=f"m{at:%Y%m%d}", partner_id=None, kind=ClaimKind.DIRECT, happened_at=at, learned_at=at, grounds="meeting"
    )


def _case(registration: DealRegistration, ours: NewClaim, *, zone: ZoneInfo) -> NewConflict:
    claimed_on = day_of(registration.submitted_at, zone=zone)
    later = ours.happened_at is not None and day_of(ours.happened_at, zone=zone) >= claimed_on
    return NewConflict(
        kind=ConflictKind.DIRECT_ON_PROTECTED if later else ConflictKind.DIRECT_FIRST,
        company=registration.company,
        account_key=registration.account_key,
        product_key=registration.product_key,
        account_id=registration.account_id,
        opportunity_id=ours.opportunity_id or registration.opportunity_id,
        claims=[claim_of(registration), ours],
    )
