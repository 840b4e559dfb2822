"""Which refusal of a service is answered with which code; what is not listed here is a fault of ours: 500."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import structlog
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from tallystick.attribution.services import TouchRefused
from tallystick.commissions.rules.seller_pay import PayTableRefused
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.services.undoing import UndoRefused
from tallystick.deals.rules.account_key import CompanyUnclear
from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.conflicts.ruling import ConflictRefused
from tallystick.deals.rules.engagement.reading import EngagementInvalid
from tallystick.deals.rules.forms.reading import FormInvalid
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import AnswersInvalid, NothingChanged, NothingSaid, QuestionRefused, RequestRefused
from tallystick.deals.services.attaching import TooManyFiles
from tallystick.deals.services.collaborating import CollaboratorRefused
from tallystick.deals.services.deciding import ReasonMissing, RuleMissing
from tallystick.deals.services.following import AnotherAccount
from tallystick.deals.services.leads import (
    AlreadyIntroduced,
    AnotherAccountsDeal,
    CannotAsk,
    LeadReasonMissing,
    OfferGone,
)
from tallystick.flows.registrations import OpportunityTaken
from tallystick.kernel.currencies import UnknownCurrency
from tallystick.partners.services import LifecycleRefused
from tallystick.platform.files.media_types import FileRefused, Refusal
from tallystick.platform.files.refusals import refusal_words
from tallystick.platform.files.services import ReasonMissing as RemovalReasonMissing
from tallystick.platform.http.outgoing import AddressRefused
from tallystick.platform.invitations import AlreadyMember
from tallystick.platform.webhooks.endpoints import EndpointRefused
from tallystick.platform.webhooks.signing import SecretRefused
from tallystick.web.api.problems import ErrorCode, Problem

CODES: Final[Mapping[type[Exception], ErrorCode]] = {
    TransitionRefused: ErrorCode.STATE_CONFLICT,
    StepRefused: ErrorCode.STATE_CONFLICT,
    QuestionRefused: ErrorCode.STATE_CONFLICT,
    OpportunityTaken: ErrorCode.STATE_CONFLICT,
    LeadMoveRefused: ErrorCode.STATE_CONFLICT,
    OfferGone: ErrorCode.STATE_CONFLICT,
    LifecycleRefused: ErrorCode.STATE_CONFLICT,
    UndoRefused: ErrorCode.STATE_CONFLICT,
    TooManyFiles: ErrorCode.STATE_CONFLICT,
    AlreadyMember: ErrorCode.ALREADY_EXISTS,
    AlreadyIntroduced: ErrorCode.ALREADY_EXISTS,
    ReasonMissing: ErrorCode.REFUSED,
    RuleMissing: ErrorCode.REFUSED,
    CollaboratorRefused: ErrorCode.REFUSED,
    RemovalReasonMissing: ErrorCode.REFUSED,
    CompanyUnclear: ErrorCode.REFUSED,
    NothingSaid: ErrorCode.REFUSED,
    RequestRefused: ErrorCode.REFUSED,
    ConflictRefused: ErrorCode.REFUSED,
    AnotherAccount: ErrorCode.REFUSED,
    AnotherAccountsDeal: ErrorCode.REFUSED,
    CannotAsk: ErrorCode.REFUSED,
    LeadReasonMissing: ErrorCode.REFUSED,
    TouchRefused: ErrorCode.REFUSED,
    ImportProblem: ErrorCode.REFUSED,
    UnknownCurrency: ErrorCode.REFUSED,
    AddressRefused: ErrorCode.REFUSED,
    SecretRefused: ErrorCode.REFUSED,
    EndpointRefused: ErrorCode.STATE_CONFLICT,
    NothingChanged: ErrorCode.STATE_CONFLICT,
}
"""Their messages say what is wrong in words for the person who tried, and are the detail of the answer."""

MOST_ERRORS: Final = 100
"""Mistakes that one answer names."""
_NAMES_TAKEN: Final = ("one_partner_a_name",)
_log = structlog.get_logger("tallystick.api")


def handle_refusals(api: NinjaAPI) -> None:
    """Have the API answer every exception with a problem document."""
    for refused, code in CODES.items():
        api.add_exception_handler(refused, _saying(code))
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(AnswersInvalid, _answers)
    api.add_exception_handler(FileRefused, _file)
    api.add_exception_handler(PayTableRefused, _pay_table)
    api.add_exception_handler(EngagementInvalid, _document)
    api.add_exception_handler(FormInvalid, _document)
    api.add_exception_handler(ObjectDoesNotExist, _absent)
    api.add_exception_handler(Http404, _absent)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _unreadable)
    api.add_exception_handler(IntegrityError, _taken)
    api.add_exception_handler(RequestDataTooBig, _saying(ErrorCode.TOO_LARGE, say=False))
    api.add_exception_handler(SuspiciousOperation, _saying(ErrorCode.BODY_UNREADABLE, say=False))
    api.add_exception_handler(Exception, fault)


def fault(request: HttpRequest, problem: Any) -> HttpResponse:
    """Answer for a fault of ours: it is in the log, and nothing of it is told."""
    _log.error("failed", path=request.resolver_match.route if request.resolver_match else None, exc_info=problem)
    return Problem(ErrorCode.INTERNAL).response()


def _saying(code: ErrorCode, *, say: bool = True) -> Any:
    return lambda _request, problem: Problem(code, str(problem) if say else "").response()


def _problem(_request: HttpRequest, problem: Any) -> HttpResponse:
    response: HttpResponse = problem.response()
    return response


def _absent(_request: HttpRequest, _problem: Any) -> HttpResponse:
    return Problem(ErrorCode.NOT_FOUND).response()


def _answers(_request: HttpRequest, problem: Any) -> HttpResponse:
    """Refuse answers that the form of the workspace does not take; the document knows no form: they are not invalid."""
    errors = [
        {"in": "body", "field": f"answers.{wrong.field}", "problem": wrong.sentence} for wrong in problem.problems
    ]
    fields = ", ".join(error["field"] for error in errors)
    return Problem(ErrorCode.REFUSED, f"Correct: {fields}.", errors=errors).response()


def _pay_table(_request: HttpRequest, refused: Any) -> HttpResponse:
    errors = [{"in": "body", "field": "rates", "problem": problem} for problem in refused.problems[:MOST_ERRORS]]
    return Problem(ErrorCode.REFUSED, "The table cannot be used: `errors` says why.", errors=errors).response()


def _document(_request: HttpRequest, invalid: Any) -> HttpResponse:
    """Refuse a document that cannot be used; what is wrong stands in the detail, and one by one in the errors."""
    errors = [
        {
            "in": "body",
            "field": f"document, line {wrong.line}" + (f", {wrong.field}" if wrong.field else ""),
            "problem": f"{wrong.message} {wrong.mend}",
        }
        for wrong in invalid.problems[:MOST_ERRORS]
    ]
    return Problem(ErrorCode.REFUSED, str(invalid), errors=errors).response()


def _file(_request: HttpRequest, refused: Any) -> HttpResponse:
    code = ErrorCode.TOO_LARGE if refused.refusal is Refusal.TOO_LARGE else ErrorCode.REFUSED
    return Problem(code, refusal_words(refused)).response()


def _unreadable(_request: HttpRequest, _problem: Any) -> HttpResponse:
    return Problem(ErrorCode.BODY_UNREADABLE).response()


def _taken(request: HttpRequest, problem: Any) -> HttpResponse:
    if any(name in str(problem) for name in _NAMES_TAKEN):
        return Problem(ErrorCode.ALREADY_EXISTS, "There is one of that name already.").response()
    return fault(request, problem)


def _invalid(_request: HttpRequest, problem: Any) -> HttpResponse:
    errors = list(_errors(problem.errors))
    fields = ", ".join(error["field"] for error in errors)
    return Problem(ErrorCode.INVALID, f"Correct: {fields}.", errors=errors).response()


def _errors(found: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Yield which field is wrong and why; the first two parts of a place say where it stands and what we call it."""
    for error in found:
        source, *place = error["loc"]
        inner = place[1:] if source == "body" and len(place) > 1 else place
        yield {
            "in": str(source),
            "field": ".".join(str(part) for part in inner) or str(source),
            "problem": str(error["msg"]),
        }
