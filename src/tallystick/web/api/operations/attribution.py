"""Touches, the evidence of what partners did, and decisions: who brought each opportunity, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.attribution.evidence import opportunity_evidence
from tallystick.attribution.models import Credit, CreditClass, CreditRole, Decision, Touch, TouchKind
from tallystick.attribution.rules.facts import TouchKind as Kind
from tallystick.attribution.services import NewTouch
from tallystick.crm.models import Account, Opportunity
from tallystick.flows.attribution import record_touch
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import ExplanationTold, Given, Id, Told, words

router = Router(tags=["Attribution"])


class TouchTold(Told):
    """One piece of evidence that a partner did something."""

    id: int
    partner_id: int
    account_id: int
    opportunity_id: int | None
    kind: TouchKind
    happened_on: date
    learned_on: date
    source: Annotated[str, Field(examples=["calendar"])]
    external_id: Annotated[str, Field(examples=["meeting-4711"])]
    proof: Annotated[str, Field(examples=["Invitation of 3 March with both sides"])]

    @classmethod
    def of(cls, touch: Touch) -> Self:
        """Return a touch as it is told."""
        return cls(
            id=touch.pk,
            partner_id=touch.partner_id,
            account_id=touch.account_id,
            opportunity_id=touch.opportunity_id,
            kind=TouchKind(touch.kind),
            happened_on=touch.happened_on,
            learned_on=touch.learned_on,
            source=touch.source,
            external_id=touch.external_id,
            proof=touch.proof,
        )


class TouchPage(Page[TouchTold]):
    """Touches, a page at a time."""


class TouchesAsked(PageAsked):
    """What touches are narrowed and ordered by."""

    partner_id: Id | None = None
    account_id: Id | None = None
    opportunity_id: Id | None = None
    kind: TouchKind | None = None
    source: Annotated[str, words(40)] = ""
    external_id: Annotated[str, words(120)] = ""
    sort: Literal["id", "-id", "happened_on", "-happened_on"] = "id"


@operation(router, "GET", "/touches", TouchPage, whose=Whose.WORKSPACE, permission=Permission.SEE_ATTRIBUTION)
def list_touches(request: HttpRequest, asked: Query[TouchesAsked]) -> TouchPage:  # noqa: ARG001
    """List touches."""
    found = Touch.objects.all()
    for column in ("partner_id", "account_id", "opportunity_id", "kind", "source", "external_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    return TouchPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(TouchTold.of)))


class TouchGiven(Given):
    """A touch to be recorded. With an opportunity it counts for that one only."""

    partner_id: Id
    account_id: Id
    opportunity_id: Id | None = None
    kind: TouchKind
    happened_on: Annotated[date, Field(description="In the workspace's time zone; not after today.")]
    source: Annotated[str, words(40, least=1), Field(description="The system that tells of it.", examples=["calendar"])]
    external_id: Annotated[str, words(120, least=1), Field(description="Its id there.", examples=["meeting-4711"])]
    proof: Annotated[str, words(10_000), Field(examples=["Invitation of 3 March with both sides"])] = ""


@operation(
    router,
    "POST",
    "/touches",
    TouchTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_ATTRIBUTION,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def record_a_touch(request: HttpRequest, given: TouchGiven) -> TouchTold:
    """Record what a partner did.

    The deals of the account are decided again. Told again under the same `source` and `external_id` it is the same
    touch. A touch is never changed or removed.
    """
    caller = caller_of(request)
    Partner.objects.get(pk=given.partner_id)
    Account.objects.get(pk=given.account_id)
    touch = NewTouch(
        partner_id=given.partner_id,
        account_id=given.account_id,
        opportunity_id=given.opportunity_id,
        kind=Kind(given.kind.value),
        happened_on=given.happened_on,
        learned_on=today(caller.workspace.time_zone),
        source=given.source,
        external_id=given.external_id,
        proof=given.proof,
    )
    return TouchTold.of(record_touch(caller.actor(), touch=touch, at=now()))


class CreditTold(Told):
    """A partner's part in a decision; shares of one decision sum to 1,000,000."""

    partner_id: int
    role: CreditRole
    share_ppm: Annotated[int, Field(description="Share for pay, in parts per million.", examples=[1_000_000])]


class DecisionTold(Told):
    """Who is credited for an opportunity: the decision that counts, or an earlier version."""

    opportunity_id: int
    version: int
    is_current: bool
    credit_class: CreditClass
    policy_version: int
    decided_at: datetime
    needs_a_look: Annotated[list[str], Field(description="Why a person should look at it.", examples=[[]])]
    credits: list[CreditTold]


class DecisionPage(Page[DecisionTold]):
    """Decisions, a page at a time."""


class DecisionsAsked(PageAsked):
    """What decisions are narrowed and ordered by."""

    credit_class: CreditClass | None = None
    needs_a_look: Annotated[bool | None, Field(description="Only those that a person should look at, or not.")] = None
    sort: Literal["id", "-id"] = "-id"


@operation(router, "GET", "/decisions", DecisionPage, whose=Whose.WORKSPACE, permission=Permission.SEE_ATTRIBUTION)
def list_decisions(request: HttpRequest, asked: Query[DecisionsAsked]) -> DecisionPage:  # noqa: ARG001
    """List the decisions that count now, one an opportunity."""
    found = Decision.objects.filter(is_current=True).select_related("policy")
    if asked.credit_class:
        found = found.filter(credit_class=asked.credit_class)
    if asked.needs_a_look is not None:
        found = found.exclude(gaps=[]) if asked.needs_a_look else found.filter(gaps=[])
    return DecisionPage(**one_page(found, sorted_by(asked.sort), asked, _decisions))


class ExplainedDecisionTold(DecisionTold):
    """A decision with its explanation, rule by rule."""

    explanation: ExplanationTold


class DecisionHistoryTold(Told):
    """Every version of the decision of one opportunity, the latest first; empty while it waits for its first."""

    opportunity_id: int
    locks_after: Annotated[date | None, Field(description="After this day nothing changes it.")]
    versions: list[ExplainedDecisionTold]


@operation(
    router,
    "GET",
    "/opportunities/{opportunity_id}/decisions",
    DecisionHistoryTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_ATTRIBUTION,
)
def read_decisions(request: HttpRequest, opportunity_id: Id) -> DecisionHistoryTold:
    """Read who is credited for an opportunity in every version, and why."""
    Opportunity.objects.get(pk=opportunity_id)
    zone = ZoneInfo(caller_of(request).workspace.time_zone)
    evidence = opportunity_evidence(opportunity_id, zone=zone)
    if evidence is None:
        return DecisionHistoryTold(opportunity_id=opportunity_id, locks_after=None, versions=[])
    rows = Decision.objects.filter(opportunity_id=opportunity_id).select_related("policy").order_by("-version")
    told = _decisions(list(rows))
    return DecisionHistoryTold(
        opportunity_id=opportunity_id,
        locks_after=evidence.locks_after,
        versions=[
            ExplainedDecisionTold(**dict(decision), explanation=ExplanationTold.of(version.explanation))
            for decision, version in zip(told, evidence.versions, strict=True)
        ],
    )


def _decisions(rows: Sequence[Decision]) -> list[DecisionTold]:
    """Return decisions as they are told. One query."""
    credits: dict[int, list[CreditTold]] = {row.pk: [] for row in rows}
    found = Credit.objects.filter(decision__in=[row.pk for row in rows]).order_by("-share_ppm", "partner_id")
    for credit in found:
        told = CreditTold(partner_id=credit.partner_id, role=CreditRole(credit.role), share_ppm=credit.share_ppm)
        credits[credit.decision_id].append(told)
    return [
        DecisionTold(
            opportunity_id=row.opportunity_id,
            version=row.version,
            is_current=row.is_current,
            credit_class=CreditClass(row.credit_class),
            policy_version=row.policy.number,
            decided_at=row.decided_at,
            needs_a_look=list(row.gaps),
            credits=credits[row.pk],
        )
        for row in rows
    ]
