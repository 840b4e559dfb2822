"""Whom an operation is for, what its key must carry, and what its answer may be: declared beside the operation.

    @operation(router, "GET", "/accounts", AccountPage, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
    def list_accounts(request: HttpRequest, asked: Query[AccountQuery]) -> AccountPage:

`gate.py` holds what is declared. An operation on the other side is answered 404, as an address that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from types import FunctionType
from typing import Any, BinaryIO, Final, Literal, TypeVar

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Router

from tallystick.partners.api_keys import Caller
from tallystick.platform.access import Permission
from tallystick.web.api.problems import ErrorCode, Problem, not_found

Function = TypeVar("Function", bound=Callable[..., Any])
Method = Literal["GET", "POST"]

ALWAYS_POSSIBLE: Final = (ErrorCode.KEY_INVALID, ErrorCode.TOO_MANY_REQUESTS, ErrorCode.INVALID)
_DECLARED: Final = "api_operation"
_CHUNK: Final = 64 * 1024


class Whose(Enum):
    """Whose keys an operation is for."""

    WORKSPACE = "keys of the workspace"
    PARTNER = "keys of a partner"
    BOTH = "every key"


class FileSent:
    """The answer of an operation that sends the bytes of a file in place of a document."""

    MEDIA_TYPE: Final = "application/octet-stream"

    @classmethod
    def answer(cls, content: BinaryIO, *, name: str, size: int) -> StreamingHttpResponse:
        """Return so many bytes under a name; what they are is told where files are listed, and nothing shows them."""
        response = StreamingHttpResponse(_in_chunks(content), content_type=cls.MEDIA_TYPE)
        response["Content-Length"] = str(size)
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        response["X-Content-Type-Options"] = "nosniff"
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What an operation declares; `limit` names the limit that is counted beside the common one."""

    whose: Whose
    permission: Permission | None
    moves_state: bool
    limit: str
    refusals: tuple[ErrorCode, ...]
    answer: type

    def require(self, caller: Caller) -> None:
        """Let the key through, or raise the problem to answer with: 404 on the other side, else 403."""
        side = Whose.WORKSPACE if caller.partner is None else Whose.PARTNER
        if self.whose not in {side, Whose.BOTH}:
            raise not_found()
        if self.permission is not None and not caller.may(self.permission):
            raise Problem(
                ErrorCode.PERMISSION_MISSING,
                f"The key {caller.name} lacks the permission {self.permission}: {self.permission.sentence}",
            )


def operation(
    router: Router,
    method: Method,
    path: str,
    answer: type,
    *,
    whose: Whose,
    permission: Permission | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    moves_state: bool | None = None,
    limit: str = "",
    refuses: tuple[ErrorCode, ...] = (),
) -> Callable[[Function], Function]:
    """Declare an operation. A POST moves state, and takes an Idempotency-Key, unless it says that it does not.

    `refuses` names what it may be refused with, beside what every operation may be.
    """
    moves = method == "POST" if moves_state is None else moves_state
    declared = Declared(
        whose=whose,
        permission=permission,
        moves_state=moves,
        limit=limit,
        refusals=_refusals(refuses, moves_state=moves),
        answer=answer,
    )

    def decorate(function: Function) -> Function:
        setattr(function, _DECLARED, declared)
        summary, _, more = (function.__doc__ or "").strip().partition("\n")
        router.api_operation(
            [method],
            path,
            response={int(status): None if answer is FileSent else answer},
            operation_id=function.__name__,
            summary=summary.strip().rstrip("."),
            description=_description(declared, summary.strip(), more),
        )(function)
        return function

    return decorate


def both_sides(
    router: Router,
    method: Method,
    path: str,
    answer: type,
    *,
    permission: Permission,
    own_permission: Permission,
    own_name: str,
    status: HTTPStatus = HTTPStatus.OK,
    refuses: tuple[ErrorCode, ...] = (),
) -> Callable[[Function], Function]:
    """Declare an operation for keys of the workspace, and the same below `/own` for those of partners.

    For operations whose answer is the same list for either side; the function narrows by `caller_of`, and row-level
    security holds below it. `own_name` is the operation's id on the partner's side.
    """

    def decorate(function: Function) -> Function:
        own = FunctionType(function.__code__, function.__globals__, own_name, function.__defaults__)
        own.__annotations__, own.__doc__ = function.__annotations__, function.__doc__
        ours = operation(
            router, method, path, answer, whose=Whose.WORKSPACE, permission=permission, status=status, refuses=refuses
        )
        theirs = operation(
            router,
            method,
            f"/own{path}",
            answer,
            whose=Whose.PARTNER,
            permission=own_permission,
            status=status,
            refuses=refuses,
        )
        declared = ours(function)
        theirs(own)
        return declared

    return decorate


def declared_by(function: Callable[..., Any]) -> Declared:
    """Return what an operation declares; every operation does."""
    found: Declared = getattr(function, _DECLARED)
    return found


def caller_of(request: HttpRequest) -> Caller:
    """Return the program behind a request that the gate let through."""
    caller: Caller = request.caller  # type: ignore[attr-defined]
    return caller


def partner_id_of(request: HttpRequest) -> int:
    """Return whose key it is, of operations that the gate lets no other key in to."""
    partner_id = caller_of(request).partner_id
    if partner_id is None:
        raise LookupError("This operation is for a partner's keys.")
    return partner_id


def _in_chunks(content: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file and close it, also where who asked goes away before its end."""
    with content:
        while chunk := content.read(_CHUNK):
            yield chunk


def _refusals(refuses: tuple[ErrorCode, ...], *, moves_state: bool) -> tuple[ErrorCode, ...]:
    found = {*ALWAYS_POSSIBLE, ErrorCode.PERMISSION_MISSING, ErrorCode.NOT_FOUND, *refuses}
    if moves_state:
        found |= {
            ErrorCode.BODY_UNREADABLE,
            ErrorCode.IDEMPOTENCY_KEY_MISSING,
            ErrorCode.IDEMPOTENCY_KEY_IN_USE,
            ErrorCode.IDEMPOTENCY_KEY_REUSED,
            ErrorCode.TOO_LARGE,
        }
    return tuple(code for code in ErrorCode if code in found)


def _description(declared: Declared, summary: str, more: str) -> str:
    lines = [summary, " ".join(more.split())]
    whose = f"For {declared.whose.value}"
    lines.append(f"{whose} that carry `{declared.permission}`." if declared.permission else f"{whose}.")
    return "\n\n".join(line for line in lines if line)
