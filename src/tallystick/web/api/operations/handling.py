"""How registrations are handled: questions before a decision, and requests of partners for time or a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.deals.models import PartnerQuestion, RegistrationRequest, RequestKind, RequestState
from tallystick.deals.services import (
    answer_question,
    ask_partner,
    decline_request,
    grant_request,
    request_amendment,
    request_extension,
    take_back_request,
)
from tallystick.kernel.currencies import exponent
from tallystick.kernel.explanations import FactValue
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, both_sides, caller_of, operation, partner_id_of
from tallystick.web.api.operations.answers import AnswersGiven
from tallystick.web.api.operations.own_deals import own_by
from tallystick.web.api.operations.registrations import ACTS_AS, found_by
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import EmailOrNone, Given, Id, MoneyGiven, MoneyTold, Reference, Told, words

router = Router(tags=["Questions and requests"])
MOST_WORDS = 2000


class QuestionTold(Told):
    """What the vendor asked before a decision; the clock stands still until the partner answers."""

    id: int
    text: Annotated[str, Field(examples=["Who speaks to them?"])]
    asked_at: datetime
    asked_by: Annotated[str, Field(examples=["Berit Holm"])]
    answer: Annotated[str, Field(examples=["Dr Ines Brandt, since March."])]
    answered_at: Annotated[datetime | None, Field(description="Also set where it was decided without an answer.")]
    answered_by: Annotated[str, Field(examples=["Zoe Lind"])]

    @classmethod
    def of(cls, row: PartnerQuestion) -> Self:
        """Return a question as both sides read it."""
        return cls(
            id=row.pk,
            text=row.text,
            asked_at=row.asked_at,
            asked_by=row.asked_by_label,
            answer=row.answer,
            answered_at=row.answered_at,
            answered_by=row.answered_by_label,
        )


class QuestionsTold(Told):
    """What the partner was asked about a registration, oldest first."""

    data: list[QuestionTold]


class WordsGiven(Given):
    """A question or an answer, in plain text."""

    text: Annotated[str, words(MOST_WORDS, least=1), Field(examples=["Who speaks to them?"])]


class AnswerGiven(WordsGiven):
    """An answer, with what the registration form needs and the claim did not say."""

    answers: AnswersGiven = {}  # noqa: RUF012 - a default that Pydantic copies


class RequestTold(Told):
    """What a partner asks of a registration it holds. It changes nothing until it is granted."""

    id: int
    partner_id: int
    reference: Annotated[str, Field(description="The registration's.", examples=["DR-7KQ2M9"])]
    kind: RequestKind
    state: RequestState
    reason: Annotated[str, Field(examples=["Their trial runs until March."])]
    before: Annotated[
        dict[str, MoneyTold | str | int | None],
        Field(description="What would change, as it was.", examples=[{"protected_until": "2026-12-01"}]),
    ]
    after: Annotated[
        dict[str, MoneyTold | str | int | None],
        Field(
            description="The same as it would be; `days` of an extension.",
            examples=[{"protected_until": "2026-12-31", "days": 30}],
        ),
    ]
    asked_at: datetime
    asked_by: Annotated[str, Field(examples=["Zoe Lind"])]
    answer_due_at: datetime
    decided_at: datetime | None
    decided_by: Annotated[str, Field(examples=["Berit Holm"])]
    decision_rule: Annotated[str, Field(examples=["decided_by_person"])]
    decision_reason: Annotated[str, Field(description="In words the partner reads.", examples=[""])]

    @classmethod
    def of(cls, row: RegistrationRequest) -> Self:
        """Return a request as both sides read it."""
        return cls(
            id=row.pk,
            partner_id=row.partner_id,
            reference=row.registration.reference,
            kind=RequestKind(row.kind),
            state=RequestState(row.state),
            reason=row.reason,
            before=_registered(row, row.before),
            after=_registered(row, row.after),
            asked_at=row.asked_at,
            asked_by=row.asked_by_label,
            answer_due_at=row.answer_due_at,
            decided_at=row.decided_at,
            decided_by=row.decided_by_label,
            decision_rule=row.decision_rule,
            decision_reason=row.decision_reason,
        )


def _registered(row: RegistrationRequest, fields: Mapping[str, Any]) -> dict[str, MoneyTold | str | int | None]:
    """Return fields of a registration as they are told: an amount with its currency, whichever of them changes."""
    claim, told = row.registration, dict(fields)
    minor, currency = told.pop("value_minor", None), told.pop("currency", None)
    if minor is not None or currency:
        told["value"] = MoneyTold.of(claim.value_minor if minor is None else minor, currency or claim.currency)
    return told


class RequestPage(Page[RequestTold]):
    """Requests, a page at a time."""


class RequestsAsked(PageAsked):
    """What requests are narrowed and ordered by."""

    partner_id: Id | None = None
    reference: Annotated[str, words(20), Field(description="Of one registration.")] = ""
    kind: RequestKind | None = None
    state: RequestState | None = None
    sort: Literal["id", "-id", "answer_due_at", "-answer_due_at"] = "-id"


class ReasonGiven(Given):
    """Why something is declined; the other side reads it."""

    reason: Annotated[str, words(1000, least=1), Field(examples=["The buyer has gone quiet for two months."])]


class ExtensionGiven(Given):
    """More days of protection."""

    days: Annotated[int, Field(ge=1, le=1000, examples=[30])]
    reason: Annotated[str, words(MOST_WORDS, least=1), Field(examples=["Their trial runs until March."])]


class AmendmentGiven(Given):
    """What should be registered instead; what is left out stays as it is."""

    value: MoneyGiven | None = None
    close_on: Annotated[date | None, Field(description="Null takes the day away.", examples=["2027-03-31"])] = None
    product_key: Annotated[str, words(120), Field(description="Empty: the whole company.")] = ""
    contact_name: Annotated[str, words(200), Field(examples=["Dr Ines Brandt"])] = ""
    contact_email: Annotated[EmailOrNone, Field(examples=["ines.brandt@cellvia.example"])] = ""
    reason: Annotated[str, words(MOST_WORDS, least=1), Field(examples=["They want a second site."])]

    def new_facts(self) -> dict[str, FactValue]:
        """Return what was sent as the service takes it. Raises `UnknownCurrency`."""
        sent = self.model_dump(mode="json", include=self.model_fields_set - {"reason", "value"})
        if self.value is not None:
            exponent(self.value.currency)
            sent |= {"value_minor": self.value.minor, "currency": self.value.currency}
        return sent


# Questions


@both_sides(
    router,
    "GET",
    "/registrations/{reference}/questions",
    QuestionsTold,
    permission=Permission.SEE_DEALS,
    own_permission=Permission.SEE_OWN_DEALS,
    own_name="list_own_questions",
)
def list_questions(request: HttpRequest, reference: Reference) -> QuestionsTold:
    """Read what was asked before the decision on a registration, and what was answered."""
    claim = own_by(request, reference) if caller_of(request).partner_id else found_by(reference)
    asked = PartnerQuestion.objects.filter(registration=claim).order_by("asked_at", "pk")
    return QuestionsTold(data=[QuestionTold.of(row) for row in asked])


@operation(
    router,
    "POST",
    "/registrations/{reference}/questions",
    QuestionTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def ask_before_deciding(request: HttpRequest, reference: Reference, given: WordsGiven) -> QuestionTold:
    """Ask the partner something before deciding; the clock stands still until it answers.

    Whoever takes the next step of the approval may ask, one question at a time.
    """
    actor, claim = caller_of(request).actor(), found_by(reference)
    return QuestionTold.of(ask_partner(actor, registration_id=claim.pk, text=given.text, at=now(), role=ACTS_AS))


@operation(
    router,
    "POST",
    "/own/registrations/{reference}/answer",
    QuestionTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    refuses=(ErrorCode.STATE_CONFLICT, ErrorCode.REFUSED),
)
def answer_a_question(request: HttpRequest, reference: Reference, given: AnswerGiven) -> QuestionTold:
    """Answer what the vendor asks before it decides; the clock goes on with the time that was left.

    What the registration form needs and the claim did not say is given in `answers`.
    """
    actor, claim = caller_of(request).actor(), own_by(request, reference)
    return QuestionTold.of(
        answer_question(actor, registration_id=claim.pk, text=given.text, answers=given.answers, at=now())
    )


# Requests


@both_sides(
    router,
    "GET",
    "/registration-requests",
    RequestPage,
    permission=Permission.SEE_DEALS,
    own_permission=Permission.SEE_OWN_DEALS,
    own_name="list_own_registration_requests",
)
def list_registration_requests(request: HttpRequest, asked: Query[RequestsAsked]) -> RequestPage:
    """List what partners ask of their registrations, the latest first."""
    found = RegistrationRequest.objects.select_related("registration")
    if (own := caller_of(request).partner_id) is not None:
        found = found.filter(partner_id=own)
    wanted: dict[str, Any] = {
        "partner_id": asked.partner_id,
        "registration__reference": asked.reference,
        "kind": asked.kind,
        "state": asked.state,
    }
    found = found.filter(**{column: value for column, value in wanted.items() if value})
    return RequestPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(RequestTold.of)))


@operation(
    router,
    "POST",
    "/registration-requests/{request_id}/grant",
    RequestTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    refuses=(ErrorCode.REFUSED,),
)
def grant_a_registration_request(request: HttpRequest, request_id: Id) -> RequestTold:
    """Grant what a partner asks: the protection is longer, or what was registered is changed."""
    return RequestTold.of(grant_request(caller_of(request).actor(), request_id=request_id, at=now()))


@operation(
    router,
    "POST",
    "/registration-requests/{request_id}/decline",
    RequestTold,
    whose=Whose.WORKSPACE,
    permission=Permission.DECIDE_REGISTRATIONS,
    refuses=(ErrorCode.REFUSED,),
)
def decline_a_registration_request(request: HttpRequest, request_id: Id, given: ReasonGiven) -> RequestTold:
    """Decline what a partner asks, with the reason it reads; nothing changes."""
    actor = caller_of(request).actor()
    return RequestTold.of(decline_request(actor, request_id=request_id, reason=given.reason, at=now()))


@operation(
    router,
    "POST",
    "/own/registrations/{reference}/extension",
    RequestTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def ask_for_extension(request: HttpRequest, reference: Reference, given: ExtensionGiven) -> RequestTold:
    """Ask for more days of protection; while the vendor decides the protection does not run out."""
    actor, claim = caller_of(request).actor(), own_by(request, reference)
    return RequestTold.of(
        request_extension(actor, registration_id=claim.pk, days=given.days, reason=given.reason, at=now())
    )


@operation(
    router,
    "POST",
    "/own/registrations/{reference}/amendment",
    RequestTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def ask_for_amendment(request: HttpRequest, reference: Reference, given: AmendmentGiven) -> RequestTold:
    """Ask to change what was registered; the rules may accept a small change at once."""
    actor, claim = caller_of(request).actor(), own_by(request, reference)
    return RequestTold.of(
        request_amendment(actor, registration_id=claim.pk, new=given.new_facts(), reason=given.reason, at=now())
    )


@operation(
    router,
    "POST",
    "/own/registration-requests/{request_id}/take-back",
    RequestTold,
    whose=Whose.PARTNER,
    permission=Permission.REGISTER_DEALS,
    refuses=(ErrorCode.REFUSED,),
)
def take_an_own_request_back(request: HttpRequest, request_id: Id) -> RequestTold:
    """Take a request back that nobody has decided."""
    own = RegistrationRequest.objects.get(pk=request_id, partner_id=partner_id_of(request))
    return RequestTold.of(take_back_request(caller_of(request).actor(), request_id=own.pk, at=now()))
