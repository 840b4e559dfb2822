"""Leads on the vendor's side: those that partners introduce, and our own on their way to the partner that fits."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from secrets import token_bytes, token_hex
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.deals.lead_queries import ranking_now
from tallystick.deals.models import Lead, LeadDirection, LeadState
from tallystick.deals.services import leads as commands
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.flows.leads import accept_lead, convert_lead
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.operations.claims import RegistrationTold
from tallystick.web.api.operations.handling import ReasonGiven
from tallystick.web.api.operations.lead_values import (
    CandidatesTold,
    CandidateTold,
    LeadDetailTold,
    LeadGiven,
    LeadTold,
    OfferChoice,
    RegisteredTold,
    ValueGiven,
)
from tallystick.web.api.operations.registrations import ConversionGiven
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Id, Instant, Reference, words

router = Router(tags=["Leads"])
SOURCE = "api"
_REFUSES = (ErrorCode.STATE_CONFLICT, ErrorCode.REFUSED)


class LeadPage(Page[LeadTold]):
    """Leads, a page at a time."""


class LeadsAsked(PageAsked):
    """What leads are narrowed and ordered by."""

    partner_id: Annotated[Id | None, Field(description="Who introduced it, or accepted it.")] = None
    direction: LeadDirection | None = None
    state: LeadState | None = None
    account_key: Annotated[str, words(300), Field(examples=["domain:cellvia.example"])] = ""
    introduced_from: Annotated[Instant | None, Field(description="First instant, with its offset.")] = None
    sort: Literal["id", "-id", "introduced_at", "-introduced_at"] = "-introduced_at"


@operation(router, "GET", "/leads", LeadPage, whose=Whose.WORKSPACE, permission=Permission.SEE_LEADS)
def list_leads(request: HttpRequest, asked: Query[LeadsAsked]) -> LeadPage:  # noqa: ARG001
    """List leads of both directions, the latest first."""
    found = Lead.objects.select_related("registration", "form_version")
    for column in ("partner_id", "direction", "state", "account_key"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.introduced_from:
        found = found.filter(introduced_at__gte=asked.introduced_from)
    return LeadPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(LeadTold.of)))


@operation(
    router,
    "POST",
    "/leads",
    LeadDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def create_a_lead(request: HttpRequest, given: LeadGiven) -> LeadDetailTold:
    """Add a lead of your own that is to be passed to a partner; nobody is asked yet."""
    made = commands.create_lead(
        caller_of(request).actor(),
        lead=given.lead(),
        form_key=token_hex(16),
        entropy=token_bytes(commands.LEAD_ENTROPY),
        at=now(),
        source=SOURCE,
    )
    return LeadDetailTold.of(made)


@operation(router, "GET", "/leads/{reference}", LeadDetailTold, whose=Whose.WORKSPACE, permission=Permission.SEE_LEADS)
def read_lead(request: HttpRequest, reference: Reference) -> LeadDetailTold:  # noqa: ARG001
    """Read a lead with its offers and what was known of the company."""
    return LeadDetailTold.of(_found(reference))


@operation(
    router,
    "GET",
    "/leads/{reference}/candidates",
    CandidatesTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_LEADS,
)
def rank_candidates(request: HttpRequest, reference: Reference) -> CandidatesTold:  # noqa: ARG001
    """Rank partners for a lead as things stand, each with its reasons; nobody is asked by it."""
    policy, ranked = ranking_now(_found(reference), at=now())
    return CandidatesTold(policy=policy, data=[CandidateTold.of(each) for each in ranked])


@operation(
    router,
    "POST",
    "/leads/{reference}/accept",
    LeadDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def accept_an_introduction(request: HttpRequest, reference: Reference) -> LeadDetailTold:
    """Accept a company that a partner introduced; it is evidence of the day it was introduced."""
    actor = caller_of(request).actor()
    return _done(reference, lambda lead: accept_lead(actor, lead_id=lead.pk, at=now()))


@operation(
    router,
    "POST",
    "/leads/{reference}/decline",
    LeadDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    refuses=_REFUSES,
)
def decline_a_lead(request: HttpRequest, reference: Reference, given: ReasonGiven) -> LeadDetailTold:
    """Decline a lead, or end one that came to nothing, with the reason that the partner reads."""
    actor = caller_of(request).actor()
    return _done(reference, lambda lead: commands.decline_lead(actor, lead_id=lead.pk, reason=given.reason, at=now()))


@operation(
    router,
    "POST",
    "/leads/{reference}/offer",
    LeadDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    refuses=_REFUSES,
)
def offer_a_lead(request: HttpRequest, reference: Reference, given: OfferChoice) -> LeadDetailTold:
    """Ask a partner about a lead of yours: the one that fits best, or one of your choice with the reason.

    Declined or not answered in time, the next is asked; where nobody is left, `returned_at` is set.
    """
    actor = caller_of(request).actor()

    def ask(lead: Lead) -> object:
        if given.partner_id is None:
            return commands.offer_lead(actor, lead_id=lead.pk, at=now())
        return commands.offer_lead_to(
            actor, lead_id=lead.pk, partner_id=given.partner_id, reason=given.reason, at=now()
        )

    return _done(reference, ask)


@operation(
    router,
    "POST",
    "/leads/{reference}/qualify",
    LeadDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def qualify_a_lead(request: HttpRequest, reference: Reference) -> LeadDetailTold:
    """Note that a lead is worth a deal."""
    actor = caller_of(request).actor()
    return _done(reference, lambda lead: commands.qualify_lead(actor, lead_id=lead.pk, at=now()))


@operation(
    router,
    "POST",
    "/leads/{reference}/convert",
    LeadDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    refuses=_REFUSES,
)
def convert_a_lead(request: HttpRequest, reference: Reference, given: ConversionGiven) -> LeadDetailTold:
    """Tie a lead to the opportunity it became."""
    actor = caller_of(request).actor()
    return _done(
        reference,
        lambda lead: convert_lead(actor, lead_id=lead.pk, opportunity_id=given.opportunity_id, at=now()),
    )


@operation(
    router,
    "POST",
    "/leads/{reference}/register",
    RegisteredTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_LEADS,
    status=HTTPStatus.CREATED,
    refuses=_REFUSES,
)
def register_a_lead(request: HttpRequest, reference: Reference, given: ValueGiven) -> RegisteredTold:
    """Make a deal registration of a lead for its partner, with everything known of it."""
    made = commands.register_lead(
        caller_of(request).actor(),
        lead_id=_found(reference).pk,
        value=Money(given.value.minor, given.value.currency),
        at=now(),
        entropy=token_bytes(ENTROPY_NEEDED),
    )
    return RegisteredTold(lead=LeadTold.of(made.lead), registration=RegistrationTold.of(made.registration))


def _found(reference: str) -> Lead:
    return Lead.objects.select_related("registration", "assessment", "form_version").get(reference=reference)


def _done(reference: str, work: Callable[[Lead], object]) -> LeadDetailTold:
    """Do something to a lead and return it as it stands then."""
    work(_found(reference))
    return LeadDetailTold.of(_found(reference))
