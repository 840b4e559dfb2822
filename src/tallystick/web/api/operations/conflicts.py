"""Cases in which claims to a deal stand against each other, on both sides: read, opened by hand, ruled, appealed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.deals.conflicts import own_case
from tallystick.deals.models import Conflict, ConflictClaim, ConflictKind, ConflictState
from tallystick.deals.services.conflicts import NewRuling, appeal_ruling, dispute_decision
from tallystick.flows.conflicts import effect_of, rule
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation, partner_id_of
from tallystick.web.api.operations.conflict_values import (
    ConflictDetailTold,
    ConflictTold,
    DisputeGiven,
    EffectTold,
    OwnClaimTold,
    OwnConflictTold,
    PartsGiven,
    PayChangeTold,
    RulingGiven,
)
from tallystick.web.api.operations.own_deals import own_by
from tallystick.web.api.operations.registrations import found_by
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode, not_found
from tallystick.web.api.values import Id, Reference, words

router = Router(tags=["Conflicts"])


class ConflictPage(Page[ConflictTold]):
    """Cases, a page at a time."""


class ConflictsAsked(PageAsked):
    """What cases are narrowed and ordered by."""

    state: ConflictState | None = None
    kind: ConflictKind | None = None
    partner_id: Annotated[Id | None, Field(description="A claimant.")] = None
    registration: Annotated[str, words(20), Field(description="Reference of a registration it is about.")] = ""
    sort: Literal["id", "-id", "due_at", "-due_at"] = "-id"


class OwnClaimPage(Page[OwnClaimTold]):
    """One's own claims in cases, a page at a time."""


class OwnClaimsAsked(PageAsked):
    """What one's own claims in cases are ordered by."""

    sort: Literal["id", "-id"] = "-id"


@operation(router, "GET", "/conflicts", ConflictPage, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
def list_conflicts(request: HttpRequest, asked: Query[ConflictsAsked]) -> ConflictPage:  # noqa: ARG001
    """List the cases, the latest first."""
    found = Conflict.objects.all()
    for column in ("state", "kind"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    claims = ConflictClaim.objects.all()
    if asked.partner_id:
        claims = claims.filter(partner_id=asked.partner_id)
    if asked.registration:
        claims = claims.filter(registration__reference=asked.registration)
    if asked.partner_id or asked.registration:
        found = found.filter(pk__in=claims.values("conflict_id"))
    return ConflictPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(ConflictTold.of)))


@operation(
    router,
    "GET",
    "/conflicts/{conflict_id}",
    ConflictDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_DEALS,
)
def read_conflict(request: HttpRequest, conflict_id: Id) -> ConflictDetailTold:  # noqa: ARG001
    """Read a case with its claims side by side, what the rules say of them, and what was ruled."""
    return _detail(conflict_id)


@operation(
    router,
    "POST",
    "/registrations/{reference}/dispute",
    ConflictDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.WRITE_ON_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def open_a_conflict(request: HttpRequest, reference: Reference, given: DisputeGiven) -> ConflictDetailTold:
    """Open a case about the decision on a registration by hand; one that is open about it already is answered."""
    actor, claim = caller_of(request).actor(), found_by(reference)
    return _detail(dispute_decision(actor, registration_id=claim.pk, words=given.words, at=now()).pk)


@operation(
    router,
    "POST",
    "/conflicts/{conflict_id}/effect",
    EffectTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_COMMISSIONS,
    moves_state=False,
    refuses=(ErrorCode.BODY_UNREADABLE, ErrorCode.REFUSED),
)
def show_effect_of_ruling(request: HttpRequest, conflict_id: Id, given: PartsGiven) -> EffectTold:  # noqa: ARG001
    """Reckon what a ruling would do to the pay of each claimant; nothing is changed by it."""
    case = Conflict.objects.get(pk=conflict_id)
    parts = [(part.partner_id, part.ppm) for part in given.parts]
    return EffectTold(data=[PayChangeTold.of(change) for change in effect_of(case, parts=parts, at=now())])


@operation(
    router,
    "POST",
    "/conflicts/{conflict_id}/rule",
    ConflictDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.RULE_CONFLICTS,
    refuses=(ErrorCode.REFUSED,),
)
def rule_a_conflict(request: HttpRequest, conflict_id: Id, given: RulingGiven) -> ConflictDetailTold:
    """Rule a case: one claim stands, the claims share, or none does; protection, attribution and pay follow.

    The ruling after an appeal is for a person: no key makes it.
    """
    ruling = NewRuling(
        number=given.number,
        parts=[(part.partner_id, part.ppm) for part in given.parts],
        rule=given.rule,
        reason=given.reason,
    )
    rule(caller_of(request).actor(), conflict_id=conflict_id, ruling=ruling, at=now())
    return _detail(conflict_id)


@operation(
    router,
    "POST",
    "/conflicts/{conflict_id}/appeal",
    ConflictDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.WRITE_ON_DEALS,
    refuses=(ErrorCode.REFUSED,),
)
def appeal_for_own_team(request: HttpRequest, conflict_id: Id, given: DisputeGiven) -> ConflictDetailTold:
    """Appeal a ruling for your own team, once a case; another person decides then."""
    actor = caller_of(request).actor()
    appeal_ruling(actor, conflict_id=conflict_id, partner_id=None, words=given.words, at=now())
    return _detail(conflict_id)


# A partner's own


@operation(router, "GET", "/own/conflicts", OwnClaimPage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_DEALS)
def list_own_conflicts(request: HttpRequest, asked: Query[OwnClaimsAsked]) -> OwnClaimPage:
    """List one's own claims that stand, or stood, against others, the latest first."""
    found = ConflictClaim.objects.filter(partner_id=partner_id_of(request)).select_related("registration")
    return OwnClaimPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(OwnClaimTold.of)))


@operation(
    router,
    "GET",
    "/own/conflicts/{conflict_id}",
    OwnConflictTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_DEALS,
)
def read_own_conflict(request: HttpRequest, conflict_id: Id) -> OwnConflictTold:
    """Read a case that one has a claim in."""
    return _own(request, conflict_id)


@operation(
    router,
    "POST",
    "/own/registrations/{reference}/dispute",
    OwnConflictTold,
    whose=Whose.PARTNER,
    permission=Permission.DISPUTE_OWN_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def dispute_own_decision(request: HttpRequest, reference: Reference, given: DisputeGiven) -> OwnConflictTold:
    """Dispute the decision on one's own registration: somebody looks at it again."""
    actor, claim = caller_of(request).actor(), own_by(request, reference)
    opened = dispute_decision(actor, registration_id=claim.pk, words=given.words, at=now())
    return _own(request, opened.pk)


@operation(
    router,
    "POST",
    "/own/conflicts/{conflict_id}/appeal",
    OwnConflictTold,
    whose=Whose.PARTNER,
    permission=Permission.DISPUTE_OWN_DEALS,
    refuses=(ErrorCode.REFUSED,),
)
def appeal_own_ruling(request: HttpRequest, conflict_id: Id, given: DisputeGiven) -> OwnConflictTold:
    """Appeal a ruling on one's own claim, once a case; another person decides then."""
    actor, partner_id = caller_of(request).actor(), partner_id_of(request)
    appeal_ruling(actor, conflict_id=conflict_id, partner_id=partner_id, words=given.words, at=now())
    return _own(request, conflict_id)


def _detail(conflict_id: int) -> ConflictDetailTold:
    return ConflictDetailTold.of(Conflict.objects.select_related("appeal").get(pk=conflict_id))


def _own(request: HttpRequest, conflict_id: int) -> OwnConflictTold:
    case = own_case(partner_id=partner_id_of(request), conflict_id=conflict_id)
    if case is None:
        raise not_found()
    return OwnConflictTold.of(case)
