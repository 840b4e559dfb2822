"""A partner's own registrations and deals: what its portal shows, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from secrets import token_bytes
from typing import Annotated, Any, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.attribution.models import CreditRole
from tallystick.attribution.own_deal_list import OwnDealFilter, OwnDealKeys, read_own_deals
from tallystick.attribution.own_deals import OwnDeal, OwnDealState
from tallystick.crm.models import OpportunityStatus
from tallystick.deals.models import DealRegistration, MessageSide, RegistrationState
from tallystick.deals.services import (
    Draft,
    check_registration,
    post_message,
    submit_registration,
)
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.flows.registrations import withdraw_registration
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation, partner_id_of
from tallystick.web.api.limits import CHECKS
from tallystick.web.api.operations.claims import (
    ClaimGiven,
    EligibilityTold,
    MessagesTold,
    OwnReceiptTold,
    OwnRegistrationTold,
    QuestionGiven,
    WithdrawalGiven,
)
from tallystick.web.api.operations.registrations import about_of, messages_about
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, page_of_places, sorted_by
from tallystick.web.api.problems import ErrorCode, Problem
from tallystick.web.api.values import MoneyTold, Reference, Told, words
from tallystick.web.check_limits import wait_to_check

router = Router(tags=["A partner's own deals"])


class OwnRegistrationPage(Page[OwnRegistrationTold]):
    """A partner's registrations, a page at a time."""


class OwnRegistrationsAsked(PageAsked):
    """What a partner's registrations are narrowed and ordered by."""

    state: RegistrationState | None = None
    sort: Literal["submitted_at", "-submitted_at"] = "-submitted_at"


@operation(
    router,
    "GET",
    "/own/registrations",
    OwnRegistrationPage,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_DEALS,
)
def list_own_registrations(request: HttpRequest, asked: Query[OwnRegistrationsAsked]) -> OwnRegistrationPage:
    """List one's own registrations, the latest first."""
    found = (
        DealRegistration.objects.filter(partner_id=partner_id_of(request))
        .select_related("form_version")
        .prefetch_related("steps")
    )
    if asked.state:
        found = found.filter(state=asked.state)
    return OwnRegistrationPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(OwnRegistrationTold.of)))


@operation(
    router,
    "POST",
    "/own/registrations",
    OwnReceiptTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def register_deal(request: HttpRequest, given: ClaimGiven) -> OwnReceiptTold:
    """Register a deal.

    The first to register is protected. The answer is the receipt, the same as the portal's: the reference, the time
    with its proof, the answer and the rules it follows from.
    """
    receipt = submit_registration(
        caller_of(request).actor(),
        partner_id=partner_id_of(request),
        claim=given.claim(),
        at=now(),
        entropy=token_bytes(ENTROPY_NEEDED),
    )
    return OwnReceiptTold.of_receipt(receipt)


def require_time_to_check(request: HttpRequest) -> None:
    """Count a check of a partner's key. Raises the problem to answer with where the partner asked too often."""
    seconds = wait_to_check(request, partner_id=partner_id_of(request), person_id=None)
    if seconds:
        raise Problem(
            ErrorCode.TOO_MANY_REQUESTS,
            f"Your people and keys together checked too many claims. Try again in {seconds} seconds.",
            headers={"Retry-After": str(seconds)},
        )


@operation(
    router,
    "POST",
    "/own/registrations/check",
    EligibilityTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    moves_state=False,
    limit=CHECKS,
    refuses=(ErrorCode.BODY_UNREADABLE, ErrorCode.REFUSED),
)
def check_claim(request: HttpRequest, given: ClaimGiven) -> EligibilityTold:
    """Check a claim without making it: what would it be answered now?

    Nothing is written and nothing is held. Counted by a limit of the key's own, and by one that all people and keys of
    the partner share.
    """
    require_time_to_check(request)
    checked = check_registration(partner_id=partner_id_of(request), claim=given.claim(), at=now())
    return EligibilityTold.of(checked)


@operation(
    router,
    "GET",
    "/own/registrations/{reference}",
    OwnRegistrationTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_DEALS,
)
def read_own_registration(request: HttpRequest, reference: Reference) -> OwnRegistrationTold:
    """Read one's own registration with its decision."""
    return OwnRegistrationTold.of(own_by(request, reference))


@operation(
    router,
    "POST",
    "/own/registrations/{reference}/withdraw",
    OwnRegistrationTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def withdraw_own_registration(
    request: HttpRequest, reference: Reference, given: WithdrawalGiven
) -> OwnRegistrationTold:
    """Withdraw one's own registration; the company is free again."""
    actor, claim = caller_of(request).actor(), own_by(request, reference)
    done = withdraw_registration(actor, registration_id=claim.pk, at=now(), reason=given.reason)
    return OwnRegistrationTold.of(done)


@operation(
    router,
    "GET",
    "/own/registrations/{reference}/messages",
    MessagesTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_DEALS,
)
def list_own_messages(request: HttpRequest, reference: Reference) -> MessagesTold:
    """Read the conversation with the vendor about one's own registration."""
    return messages_about(own_by(request, reference))


@operation(
    router,
    "POST",
    "/own/registrations/{reference}/messages",
    MessagesTold,
    whose=Whose.PARTNER,
    permission=Permission.WRITE_ON_OWN_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def write_own_message(request: HttpRequest, reference: Reference, given: QuestionGiven) -> MessagesTold:
    """Write to the vendor about one's own registration; with `asks` an answer is due by a time."""
    claim = own_by(request, reference)
    draft = Draft(text=given.text, key=token_bytes(16).hex(), asks=given.asks)
    post_message(caller_of(request).actor(), about=about_of(claim), side=MessageSide.PARTNER, draft=draft, at=now())
    return messages_about(claim)


class OwnCrmTold(Told):
    """All that a partner may know of the opportunity its deal became."""

    stage: Annotated[str, Field(examples=["Discovery"])]
    status: OpportunityStatus
    owner: Annotated[str, Field(examples=["Tom Albright"])]
    next_step: Annotated[str, Field(examples=["Security review"])]
    opened_on: date | None
    close_on: date | None


class OwnDealTold(Told):
    """One deal of the partner: a registration, a credit, or both."""

    company: Annotated[str, Field(examples=["Cellvia"])]
    state: OwnDealState
    value: MoneyTold | None
    reference: Annotated[str | None, Field(description="Of its registration.", examples=["DR-7KQ2M9"])]
    credit_role: CreditRole | None
    share_ppm: Annotated[int | None, Field(description="Share for pay, in parts per million.")]
    crm: OwnCrmTold | None

    @classmethod
    def of(cls, deal: OwnDeal) -> Self:
        """Return a deal as its partner reads it."""
        crm, credit, value = deal.crm, deal.credit, deal.value
        return cls(
            company=deal.company,
            state=deal.state,
            value=MoneyTold.of(value.minor, value.currency) if value else None,
            reference=deal.registration.reference if deal.registration else None,
            credit_role=CreditRole(credit.role) if credit else None,
            share_ppm=credit.share_ppm if credit else None,
            crm=OwnCrmTold(
                stage=crm.stage,
                status=crm.status,
                owner=crm.owner,
                next_step=crm.next_step,
                opened_on=crm.opened_on,
                close_on=crm.close_on,
            )
            if crm
            else None,
        )


class OwnDealPage(Page[OwnDealTold]):
    """A partner's deals, a page at a time."""


class OwnDealsAsked(PageAsked):
    """What a partner's deals are narrowed and ordered by."""

    state: OwnDealState | None = None
    search: Annotated[str, words(100), Field(description="A part of the company's name or of the reference.")] = ""
    sort: Literal["registered", "-registered", "company", "-company", "close", "-close"] = "-registered"


@operation(router, "GET", "/own/deals", OwnDealPage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_DEALS)
def list_own_deals(request: HttpRequest, asked: Query[OwnDealsAsked]) -> OwnDealPage:
    """List one's own deals: what was registered, and what one is credited for."""
    partner_id = partner_id_of(request)
    wanted = OwnDealFilter(
        states=frozenset({asked.state}) if asked.state else frozenset(),
        search=asked.search,
        by=asked.sort.removeprefix("-"),
        descending=asked.sort.startswith("-"),
    )

    keys = OwnDealKeys(partner_id, wanted)

    def read(last: list[Any] | None, most: int) -> list[tuple[tuple[str, int], list[Any]]]:
        found = keys.beyond(_place(last, by=wanted.by), most=most)
        return [((kind, key), [place, kind, key]) for kind, key, place in found]

    def show(page: Sequence[tuple[str, int]]) -> list[OwnDealTold]:
        return [OwnDealTold.of(deal) for deal in read_own_deals(page, partner_id=partner_id)]

    return OwnDealPage(**page_of_places(asked, ("place", "kind", "key"), read, show))


def _place(last: list[Any] | None, *, by: str) -> tuple[Any, str, int] | None:
    """Return the place that a cursor holds; raises `Problem` for one that was made up."""
    match last:
        case None:
            return None
        case [str(place), str(kind), int(key)]:
            try:
                return (place if by == "company" else date.fromisoformat(place)), kind, key
            except ValueError:
                raise Problem(ErrorCode.CURSOR_INVALID) from None
        case _:
            raise Problem(ErrorCode.CURSOR_INVALID)


def own_by(request: HttpRequest, reference: str) -> DealRegistration:
    """Return a partner's own registration. Raises `DealRegistration.DoesNotExist`."""
    return DealRegistration.objects.get(partner_id=partner_id_of(request), reference=reference)
