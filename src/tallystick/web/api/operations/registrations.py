"""Deal registrations on the vendor's side: list, read, submit for a partner, decide, and write about them."""

from __future__ import annotations

from http import HTTPStatus
from secrets import token_bytes
from typing import Annotated, Final, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.deals.models import DealRegistration, MessageSide, RegistrationState
from tallystick.deals.queries import conversation
from tallystick.deals.services import (
    About,
    Draft,
    check_registration,
    decline_registration,
    post_message,
    submit_registration,
)
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.flows.registrations import approve_registration, convert_registration, withdraw_registration
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import WorkspaceRole
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.limits import CHECKS
from tallystick.web.api.operations.claims import (
    CheckedClaimTold,
    ClaimGiven,
    MessageGiven,
    MessagesTold,
    MessageTold,
    ReceiptTold,
    RegistrationTold,
    WithdrawalGiven,
)
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Given, Id, Instant, Reference, words

router = Router(tags=["Registrations"])

ACTS_AS: Final = WorkspaceRole.PARTNER_MANAGER
"""The role in which a key decides, whoever made it."""


class RegistrationPage(Page[RegistrationTold]):
    """Registrations, a page at a time."""


class RegistrationsAsked(PageAsked):
    """What registrations are narrowed and ordered by."""

    partner_id: Id | None = None
    state: RegistrationState | None = None
    account_key: Annotated[str, words(300), Field(examples=["domain:cellvia.example"])] = ""
    submitted_from: Annotated[Instant | None, Field(description="First instant, with its offset.")] = None
    sort: Literal["id", "-id", "submitted_at", "-submitted_at"] = "-submitted_at"


@operation(router, "GET", "/registrations", RegistrationPage, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
def list_registrations(request: HttpRequest, asked: Query[RegistrationsAsked]) -> RegistrationPage:  # noqa: ARG001
    """List registrations, the latest first."""
    found = DealRegistration.objects.select_related("form_version").prefetch_related("steps")
    for column in ("partner_id", "state", "account_key"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.submitted_from:
        found = found.filter(submitted_at__gte=asked.submitted_from)
    return RegistrationPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(RegistrationTold.of)))


class ClaimOfPartnerGiven(ClaimGiven):
    """A claim that is submitted for a partner."""

    partner_id: Id


@operation(
    router,
    "POST",
    "/registrations",
    ReceiptTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def submit_registration_for_partner(request: HttpRequest, given: ClaimOfPartnerGiven) -> ReceiptTold:
    """Register a deal for a partner.

    Among any number of simultaneous claims to one company exactly one is held for review; the others are kept as
    declined, each with a definite answer. The answer is the partner's receipt.
    """
    receipt = submit_registration(
        caller_of(request).actor(),
        partner_id=given.partner_id,
        claim=given.claim(),
        at=now(),
        entropy=token_bytes(ENTROPY_NEEDED),
    )
    return ReceiptTold.of_receipt(receipt)


@operation(
    router,
    "POST",
    "/registrations/check",
    CheckedClaimTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_DEALS,
    moves_state=False,
    limit=CHECKS,
    refuses=(ErrorCode.BODY_UNREADABLE, ErrorCode.REFUSED),
)
def check_claim_of_partner(request: HttpRequest, given: ClaimOfPartnerGiven) -> CheckedClaimTold:  # noqa: ARG001
    """Check a claim without making it: what would it be answered, by which rules, and what is known of its company?"""
    Partner.objects.get(pk=given.partner_id)
    return CheckedClaimTold.of(check_registration(partner_id=given.partner_id, claim=given.claim(), at=now()))


@operation(
    router,
    "GET",
    "/registrations/{reference}",
    RegistrationTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_DEALS,
)
def read_registration(request: HttpRequest, reference: Reference) -> RegistrationTold:  # noqa: ARG001
    """Read a registration with its decision and the rules it was checked against."""
    return RegistrationTold.of(found_by(reference))


@operation(
    router,
    "POST",
    "/registrations/{reference}/approve",
    RegistrationTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def approve_a_registration(request: HttpRequest, reference: Reference) -> RegistrationTold:
    """Approve a registration, or take the next step of its approval.

    With the last step its company is protected, and it is evidence of the day it was submitted. A key decides as
    partner management does: a step of another role is refused, and the detail says whose it is. Programs take one step
    of an approval at most, since each is for another person; `steps` tell which waits for whom.
    """
    actor = caller_of(request).actor()
    claim = found_by(reference)
    return RegistrationTold.of(approve_registration(actor, registration_id=claim.pk, at=now(), role=ACTS_AS))


class DeclineGiven(Given):
    """Why a registration is declined; the partner reads it."""

    reason: Annotated[str, words(10_000, least=1), Field(examples=["We have been in talks with them since March."])]
    rule: Annotated[
        str, words(60), Field(description="Id of the rule that decides, of those the claim came in under.")
    ] = ""


@operation(
    router,
    "POST",
    "/registrations/{reference}/decline",
    RegistrationTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    refuses=(ErrorCode.STATE_CONFLICT, ErrorCode.REFUSED),
)
def decline_a_registration(request: HttpRequest, reference: Reference, given: DeclineGiven) -> RegistrationTold:
    """Decline a registration with a reason that the partner reads; the company is free again."""
    actor, claim = caller_of(request).actor(), found_by(reference)
    declined = decline_registration(
        actor, registration_id=claim.pk, reason=given.reason, rule=given.rule, at=now(), role=ACTS_AS
    )
    return RegistrationTold.of(declined)


@operation(
    router,
    "POST",
    "/registrations/{reference}/withdraw",
    RegistrationTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def withdraw_registration_of_partner(
    request: HttpRequest, reference: Reference, given: WithdrawalGiven
) -> RegistrationTold:
    """Withdraw a registration for its partner; the company is free again."""
    actor, claim = caller_of(request).actor(), found_by(reference)
    return RegistrationTold.of(withdraw_registration(actor, registration_id=claim.pk, at=now(), reason=given.reason))


class ConversionGiven(Given):
    """The opportunity that something became."""

    opportunity_id: Id


@operation(
    router,
    "POST",
    "/registrations/{reference}/convert",
    RegistrationTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    refuses=(ErrorCode.STATE_CONFLICT, ErrorCode.REFUSED),
)
def convert_a_registration(request: HttpRequest, reference: Reference, given: ConversionGiven) -> RegistrationTold:
    """Tie an approved registration to the opportunity it became.

    Imports find it by themselves; this is for who knows before. Its company stays protected while the opportunity is
    open, and it is won or lost with it.
    """
    actor, claim = caller_of(request).actor(), found_by(reference)
    done = convert_registration(actor, registration_id=claim.pk, opportunity_id=given.opportunity_id, at=now())
    return RegistrationTold.of(done)


@operation(
    router,
    "GET",
    "/registrations/{reference}/messages",
    MessagesTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_DEALS,
)
def list_messages(request: HttpRequest, reference: Reference) -> MessagesTold:  # noqa: ARG001
    """Read the conversation with the partner about a registration; notes of your own are not among it."""
    return messages_about(found_by(reference))


@operation(
    router,
    "POST",
    "/registrations/{reference}/messages",
    MessagesTold,
    whose=Whose.WORKSPACE,
    permission=Permission.WRITE_ON_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def write_message(request: HttpRequest, reference: Reference, given: MessageGiven) -> MessagesTold:
    """Write to the partner about a registration; a question of the partner that waits is answered by it."""
    claim = found_by(reference)
    draft = Draft(text=given.text, key=token_bytes(16).hex())
    post_message(caller_of(request).actor(), about=about_of(claim), side=MessageSide.VENDOR, draft=draft, at=now())
    return messages_about(claim)


def about_of(claim: DealRegistration) -> About:
    """Return what the conversation about a registration hangs on."""
    return About(partner_id=claim.partner_id, title=f"{claim.reference} {claim.company}", registration_id=claim.pk)


def messages_about(claim: DealRegistration) -> MessagesTold:
    """Return what both sides have said about a registration."""
    found = conversation(
        partner_id=claim.partner_id,
        registration_id=claim.pk,
        opportunity_id=None,
        person_id=None,
        at=now(),
    )
    if found is None:
        return MessagesTold(answer_due_at=None, data=[])
    said = [MessageTold.of(entry) for entry in found.entries if not entry.is_internal]
    return MessagesTold(answer_due_at=found.answer_due_at, data=said)


def found_by(reference: str) -> DealRegistration:
    """Return a registration by its reference. Raises `DealRegistration.DoesNotExist`."""
    return DealRegistration.objects.get(reference=reference)
