"""The way of every request of the API: key, limit, scope, permission, then once and only once to the operation.

`web.middleware` hands requests of the API over to here, after it has found out which operations stand behind the
address. A session opens nothing here, and a key opens no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from tallystick.partners.api_keys import Caller, caller_with, note_key_use
from tallystick.platform.clock import now
from tallystick.platform.tenancy import scope
from tallystick.web.api.access import Declared, declared_by
from tallystick.web.api.idempotency import once
from tallystick.web.api.limits import REQUESTS, WRONG_KEYS, Allowance, origin_of, take
from tallystick.web.api.problems import ErrorCode, Problem
from tallystick.web.api.refusals import fault

LANGUAGE = "en-gb"
"""What programs read is in one language, whatever the workspace speaks."""
_SCHEME = "bearer "
_FLAT = "__ninja_flatten_map__"
_UNKNOWN = {"query": "There is no such parameter.", "form": "There is no such field."}
_ASKS_FOR_A_KEY = {"WWW-Authenticate": 'Bearer realm="Tallystick API"'}

Answer = Callable[[HttpRequest], HttpResponse]


def answer_program(request: HttpRequest, operations: Mapping[str, object], get_response: Answer) -> HttpResponse:
    """Answer a request of a program; what is refused is refused with a problem document."""
    with translation.override(LANGUAGE):
        try:
            response = _answer(request, operations, get_response, at=now())
        except Problem as problem:
            response = problem.response()
        except DatabaseError as problem:
            response = fault(request, problem)
        except RequestDataTooBig:
            response = Problem(ErrorCode.TOO_LARGE).response()
        except (MultiPartParserError, UnreadablePostError, SuspiciousOperation):
            response = Problem(ErrorCode.BODY_UNREADABLE).response()
    add_never_cache_headers(response)
    return response


def _answer(
    request: HttpRequest, operations: Mapping[str, object], get_response: Answer, *, at: datetime
) -> HttpResponse:
    caller = _caller(request, at=at)
    allowance = take(REQUESTS, of=caller.prefix)
    try:
        allowance.require()
        with (
            scope(workspace_id=caller.workspace.pk, partner_id=caller.partner_id),
            timezone.override(ZoneInfo(caller.workspace.time_zone)),
        ):
            response, allowance = _let_in(request, caller, operations, get_response, allowance, at=at)
    except Problem as problem:
        response = problem.response()
    allowance.write(response)
    return response


def _caller(request: HttpRequest, *, at: datetime) -> Caller:
    """Return who calls. Whoever tries many wrong keys from one place is asked to wait."""
    given = request.headers.get("Authorization", "")
    token = given[len(_SCHEME) :].strip() if given.lower().startswith(_SCHEME) else ""
    caller = caller_with(token, at=at) if token else None
    if caller is None:
        if token:
            take(WRONG_KEYS, of=origin_of(request)).require()
        raise Problem(ErrorCode.KEY_INVALID, headers=_ASKS_FOR_A_KEY)
    return caller


def _let_in(
    request: HttpRequest,
    caller: Caller,
    operations: Mapping[str, object],
    get_response: Answer,
    allowance: Allowance,
    *,
    at: datetime,
) -> tuple[HttpResponse, Allowance]:
    note_key_use(caller, at=at)
    behind = operations.get(request.method or "")
    if behind is None:
        raise Problem(ErrorCode.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(sorted(operations))})
    asked = _asked_of(behind)
    declared = asked.declared
    declared.require(caller)
    if declared.limit:
        allowance = take(declared.limit, of=caller.prefix)
        allowance.require()
    _refuse_unknown(request.GET, asked.parameters, where="query")
    if asked.fields:
        _refuse_unknown([*request.POST, *request.FILES], asked.fields, where="form")
    request.caller = caller  # type: ignore[attr-defined]
    if declared.moves_state:
        return once(request, caller, lambda: get_response(request), at=at), allowance
    return get_response(request), allowance


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an operation declares, and what it can be sent: parameters of its address, fields of its form if any."""

    declared: Declared
    parameters: frozenset[str]
    fields: frozenset[str]


def _asked_of(behind: object) -> _Asked:
    models = getattr(behind, "models", ())

    def names(*sources: str) -> frozenset[str]:
        wanted = (model for model in models if model.__ninja_param_source__ in sources)
        return frozenset(name for model in wanted for name in getattr(model, _FLAT, model.model_fields))

    return _Asked(declared_by(behind.view_func), names("query"), names("form", "file"))  # type: ignore[attr-defined]


def _refuse_unknown(sent: Iterable[str], known: frozenset[str], *, where: str) -> None:
    unknown = sorted(set(sent) - known)
    if unknown:
        raise Problem(
            ErrorCode.INVALID,
            f"This address takes {', '.join(sorted(known)) or 'no parameter'}.",
            errors=[{"in": where, "field": name, "problem": _UNKNOWN[where]} for name in unknown],
        )
