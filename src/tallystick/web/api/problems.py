"""What the API answers when it refuses: problem documents after RFC 9457, each with a code that never changes.

What is foreign is answered with the very bytes of what is absent, so a document carries nothing of the request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from django.http import HttpResponse

DOCUMENTATION: Final = "/api/v1/docs"
MEDIA_TYPE: Final = "application/problem+json"


class ErrorCode(Enum):
    """A stable code: its status, its title, and how to mend what it stands for."""

    def __init__(self, status: int, title: str, mend: str) -> None:
        self.status = status
        self.title = title
        self.mend = mend

    BODY_UNREADABLE = (400, "The body cannot be read", "Send valid JSON, or a form with a file where one is asked for.")
    IDEMPOTENCY_KEY_MISSING = (
        400,
        "The Idempotency-Key header is missing",
        "Send a fresh random text, such as a UUID, with each new request, and the same one when you repeat it.",
    )
    KEY_INVALID = (
        401,
        "The key does not work",
        "Send `Authorization: Bearer tsk_…` with a key that is neither revoked nor past its end.",
    )
    PERMISSION_MISSING = (
        403,
        "The key may not do this",
        "Make a key that carries the permission the document names.",
    )
    NOT_FOUND = (404, "There is nothing here for this key", "Check the address and the id; list to find what there is.")
    METHOD_NOT_ALLOWED = (405, "This address does not know the method", "Use one of those in the Allow header.")
    STATE_CONFLICT = (
        409,
        "It cannot be done as things stand",
        "Read the thing again: the detail says what stands in the way.",
    )
    ALREADY_EXISTS = (409, "There is one already", "Use the one that is there, or choose another name.")
    IDEMPOTENCY_KEY_IN_USE = (
        409,
        "A request with this Idempotency-Key is being worked on",
        "Wait as many seconds as Retry-After says and send the same request again.",
    )
    TOO_LARGE = (413, "The request is too large", "Send less at a time; load very large files at the command line.")
    INVALID = (422, "What was sent is not valid", "Correct the fields that `errors` names.")
    IDEMPOTENCY_KEY_REUSED = (
        422,
        "This Idempotency-Key came with another request before",
        "Use a fresh key for another request; repeat a request byte for byte.",
    )
    CURSOR_INVALID = (
        422,
        "The cursor does not belong to this list",
        "Use `next_cursor` of the page before, with the same filters and the same sort; or begin without a cursor.",
    )
    REFUSED = (422, "It cannot be accepted", "The detail says what to change.")
    TOO_MANY_REQUESTS = (
        429,
        "Too many requests",
        "Wait as many seconds as Retry-After says; RateLimit tells what is left.",
    )
    INTERNAL = (
        500,
        "Something went wrong on our side",
        "Nothing was changed. Send the same request again; if it stays so, tell us the X-Request-ID.",
    )

    @property
    def code(self) -> str:
        """Return the code as documents carry it."""
        return self.name.lower()


class Problem(Exception):
    """Raised to answer with a problem document; `detail` says what is wrong here and what to do."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str = "",
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or code.title)
        self.code = code
        self.detail = detail or f"{code.title}. {code.mend}"
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})

    def response(self) -> HttpResponse:
        """Return the answer."""
        response = HttpResponse(
            json.dumps(self.document(), ensure_ascii=False), status=self.code.status, content_type=MEDIA_TYPE
        )
        for name, value in self.headers.items():
            response[name] = value
        return response

    def document(self) -> dict[str, Any]:
        """Return the problem document."""
        document: dict[str, Any] = {
            "type": f"{DOCUMENTATION}#{self.code.code}",
            "title": self.code.title,
            "status": self.code.status,
            "code": self.code.code,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = self.errors
        return document


def not_found() -> Problem:
    """Return the one answer to what is absent and to what is foreign."""
    return Problem(ErrorCode.NOT_FOUND)
