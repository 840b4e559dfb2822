"""A partner's own leads: those it introduces, those it is asked about, and those it works on."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from secrets import token_bytes, token_hex
from typing import Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router

from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.deals.services import leads as commands
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation, partner_id_of
from tallystick.web.api.operations.claims import OwnRegistrationTold
from tallystick.web.api.operations.handling import ReasonGiven
from tallystick.web.api.operations.lead_values import (
    IntroductionTold,
    OwnIntroductionGiven,
    OwnLeadTold,
    OwnOfferTold,
    OwnRegisteredTold,
    ValueGiven,
)
from tallystick.web.api.operations.leads import SOURCE
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Id, Reference

router = Router(tags=["A partner's own leads"])
_REFUSES = (ErrorCode.STATE_CONFLICT, ErrorCode.REFUSED)


class OwnLeadPage(Page[OwnLeadTold]):
    """A partner's leads, a page at a time."""


class OwnLeadsAsked(PageAsked):
    """What a partner's leads are narrowed and ordered by."""

    direction: LeadDirection | None = None
    state: LeadState | None = None
    sort: Literal["introduced_at", "-introduced_at"] = "-introduced_at"


class OwnOfferPage(Page[OwnOfferTold]):
    """Leads that the partner is asked about, a page at a time."""


class OwnOffersAsked(PageAsked):
    """What offers are narrowed and ordered by."""

    state: LeadOfferState | None = None
    sort: Literal["due_at", "-due_at", "offered_at", "-offered_at"] = "-offered_at"


@operation(router, "GET", "/own/leads", OwnLeadPage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_LEADS)
def list_own_leads(request: HttpRequest, asked: Query[OwnLeadsAsked]) -> OwnLeadPage:
    """List one's own leads, the latest first: introduced, and accepted."""
    found = _own(request)
    for column in ("direction", "state"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    return OwnLeadPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(OwnLeadTold.of)))


@operation(
    router,
    "POST",
    "/own/leads",
    IntroductionTold,
    whose=Whose.PARTNER,
    permission=Permission.INTRODUCE_LEADS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED, ErrorCode.ALREADY_EXISTS),
)
def introduce_a_lead(request: HttpRequest, given: OwnIntroductionGiven) -> IntroductionTold:
    """Introduce a company to the vendor; the clock of its answer starts."""
    made = commands.introduce_lead(
        caller_of(request).actor(),
        partner_id=partner_id_of(request),
        lead=given.lead(),
        form_key=token_hex(16),
        entropy=token_bytes(commands.LEAD_ENTROPY),
        at=now(),
        source=SOURCE,
    )
    return IntroductionTold(**OwnLeadTold.of(made.lead).model_dump(), known=made.partner_sentence)


@operation(
    router, "GET", "/own/leads/{reference}", OwnLeadTold, whose=Whose.PARTNER, permission=Permission.SEE_OWN_LEADS
)
def read_own_lead(request: HttpRequest, reference: Reference) -> OwnLeadTold:
    """Read one's own lead."""
    return OwnLeadTold.of(_own(request).get(reference=reference))


@operation(
    router,
    "POST",
    "/own/leads/{reference}/qualify",
    OwnLeadTold,
    whose=Whose.PARTNER,
    permission=Permission.INTRODUCE_LEADS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def qualify_own_lead(request: HttpRequest, reference: Reference) -> OwnLeadTold:
    """Note that a lead one accepted is worth a deal."""
    actor = caller_of(request).actor()
    return _done(request, reference, lambda lead: commands.qualify_lead(actor, lead_id=lead.pk, at=now()))


@operation(
    router,
    "POST",
    "/own/leads/{reference}/give-up",
    OwnLeadTold,
    whose=Whose.PARTNER,
    permission=Permission.INTRODUCE_LEADS,
    refuses=_REFUSES,
)
def give_up_own_lead(request: HttpRequest, reference: Reference, given: ReasonGiven) -> OwnLeadTold:
    """Give up a lead one accepted, with the reason that the vendor reads."""
    actor = caller_of(request).actor()
    return _done(
        request,
        reference,
        lambda lead: commands.decline_lead(actor, lead_id=lead.pk, reason=given.reason, at=now()),
    )


@operation(
    router,
    "POST",
    "/own/leads/{reference}/register",
    OwnRegisteredTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    status=HTTPStatus.CREATED,
    refuses=_REFUSES,
)
def register_own_lead(request: HttpRequest, reference: Reference, given: ValueGiven) -> OwnRegisteredTold:
    """Register the deal that a lead one accepted became; everything known of it goes along."""
    made = commands.register_lead(
        caller_of(request).actor(),
        lead_id=_own(request).get(reference=reference).pk,
        value=Money(given.value.minor, given.value.currency),
        at=now(),
        entropy=token_bytes(ENTROPY_NEEDED),
    )
    return OwnRegisteredTold(lead=OwnLeadTold.of(made.lead), registration=OwnRegistrationTold.of(made.registration))


@operation(router, "GET", "/own/lead-offers", OwnOfferPage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_LEADS)
def list_own_lead_offers(request: HttpRequest, asked: Query[OwnOffersAsked]) -> OwnOfferPage:
    """List the leads one is, or was, asked about."""
    found = LeadOffer.objects.filter(partner_id=partner_id_of(request))
    if asked.state:
        found = found.filter(state=asked.state)
    return OwnOfferPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(OwnOfferTold.of)))


@operation(
    router,
    "POST",
    "/own/lead-offers/{offer_id}/accept",
    OwnLeadTold,
    whose=Whose.PARTNER,
    permission=Permission.INTRODUCE_LEADS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def accept_a_lead_offer(request: HttpRequest, offer_id: Id) -> OwnLeadTold:
    """Accept a lead that is offered; the answer is the lead with its contact."""
    lead = commands.accept_offer(caller_of(request).actor(), offer_id=_offer(request, offer_id).pk, at=now())
    return OwnLeadTold.of(_own(request).get(pk=lead.pk))


@operation(
    router,
    "POST",
    "/own/lead-offers/{offer_id}/decline",
    OwnOfferTold,
    whose=Whose.PARTNER,
    permission=Permission.INTRODUCE_LEADS,
    refuses=_REFUSES,
)
def decline_a_lead_offer(request: HttpRequest, offer_id: Id, given: ReasonGiven) -> OwnOfferTold:
    """Decline a lead that is offered, with the reason that the vendor reads; another partner is asked."""
    actor, offer = caller_of(request).actor(), _offer(request, offer_id)
    return OwnOfferTold.of(commands.decline_offer(actor, offer_id=offer.pk, reason=given.reason, at=now()))


def _own(request: HttpRequest) -> QuerySet[Lead]:
    return Lead.objects.filter(partner_id=partner_id_of(request)).select_related("registration", "form_version")


def _offer(request: HttpRequest, offer_id: int) -> LeadOffer:
    return LeadOffer.objects.get(pk=offer_id, partner_id=partner_id_of(request))


def _done(request: HttpRequest, reference: str, work: Callable[[Lead], object]) -> OwnLeadTold:
    """Do something to a lead of one's own and return it as it stands then."""
    work(_own(request).get(reference=reference))
    return OwnLeadTold.of(_own(request).get(reference=reference))
