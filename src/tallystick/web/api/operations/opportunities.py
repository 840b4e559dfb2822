"""Opportunities with the stages they went through, and who is credited for them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.crm.models import DealKind, Opportunity, OpportunityStatus, StageChange
from tallystick.platform.access import Permission
from tallystick.web.api.access import Whose, operation
from tallystick.web.api.operations.accounts import FactTold
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import Id, MoneyTold, Told, words

router = Router(tags=["Opportunities"])


class OpportunityTold(FactTold):
    """A deal in the CRM."""

    account_id: int | None
    name: Annotated[str, Field(examples=["Cellvia: lab automation"])]
    stage: Annotated[str, Field(examples=["Discovery"])]
    status: OpportunityStatus
    kind: DealKind
    amount: MoneyTold | None
    opened_on: date | None
    close_on: Annotated[date | None, Field(description="Expected while open, the day it ended when won or lost.")]
    owner_name: Annotated[str, Field(examples=["Tom Albright"])]
    lead_source: Annotated[str, Field(examples=["Partner"])]
    next_step: Annotated[str, Field(examples=["Security review"])]
    partner_named: Annotated[str, Field(description="The partner the CRM names, as it stands.", examples=["Zephyr"])]

    @classmethod
    def of(cls, deal: Opportunity) -> Self:
        """Return an opportunity as it is told."""
        return cls(**_told(deal))


class StageTold(Told):
    """A stage that an opportunity entered, and when."""

    stage: Annotated[str, Field(examples=["Discovery"])]
    status: OpportunityStatus
    entered_on: date


class OpportunityDetailTold(OpportunityTold):
    """An opportunity with its stage history, oldest first."""

    stages: list[StageTold]


class OpportunityPage(Page[OpportunityTold]):
    """Opportunities, a page at a time."""


class OpportunitiesAsked(PageAsked):
    """What opportunities are narrowed and ordered by."""

    account_id: Id | None = None
    status: OpportunityStatus | None = None
    kind: DealKind | None = None
    stage: Annotated[str, words(80)] = ""
    search: Annotated[str, words(100), Field(description="A part of the name.")] = ""
    source: Annotated[str, words(40)] = ""
    external_id: Annotated[str, words(120)] = ""
    opened_from: Annotated[date | None, Field(description="First day on which it was opened.")] = None
    opened_until: Annotated[date | None, Field(description="Last day on which it was opened.")] = None
    sort: Literal["id", "-id", "name", "-name"] = "id"


@operation(router, "GET", "/opportunities", OpportunityPage, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
def list_opportunities(request: HttpRequest, asked: Query[OpportunitiesAsked]) -> OpportunityPage:  # noqa: ARG001
    """List opportunities."""
    found = Opportunity.objects.all()
    for column in ("account_id", "status", "kind", "stage", "source", "external_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.search:
        found = found.filter(name__icontains=asked.search)
    if asked.opened_from:
        found = found.filter(opened_on__gte=asked.opened_from)
    if asked.opened_until:
        found = found.filter(opened_on__lte=asked.opened_until)
    return OpportunityPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(OpportunityTold.of)))


@operation(
    router,
    "GET",
    "/opportunities/{opportunity_id}",
    OpportunityDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_DEALS,
)
def read_opportunity(request: HttpRequest, opportunity_id: Id) -> OpportunityDetailTold:  # noqa: ARG001
    """Read an opportunity with the stages it went through."""
    deal = Opportunity.objects.get(pk=opportunity_id)
    changes = StageChange.objects.filter(opportunity=deal).order_by("entered_on", "pk")
    stages = [
        StageTold(stage=change.stage, status=OpportunityStatus(change.status), entered_on=change.entered_on)
        for change in changes
    ]
    return OpportunityDetailTold(**_told(deal), stages=stages)


def _told(deal: Opportunity) -> dict[str, object]:
    return {
        "id": deal.pk,
        "source": deal.source,
        "external_id": deal.external_id,
        "learned_at": deal.learned_at,
        "account_id": deal.account_id,
        "name": deal.name,
        "stage": deal.stage,
        "status": OpportunityStatus(deal.status),
        "kind": DealKind(deal.kind),
        "amount": MoneyTold.maybe(deal.amount_minor, deal.currency),
        "opened_on": deal.opened_on,
        "close_on": deal.close_on,
        "owner_name": deal.owner_name,
        "lead_source": deal.lead_source,
        "next_step": deal.next_step,
        "partner_named": deal.partner_named,
    }
