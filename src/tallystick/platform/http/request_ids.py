"""Gives each request an id that is answered in `X-Request-ID` and stands in every log line of the request."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = structlog.get_logger("tallystick.requests")


class RequestIdMiddleware:
    """Takes over a proxy's `X-Request-ID` where it has the form of one, makes a new one otherwise, and logs the answer.

    The log names the route, never the address: addresses of sign-in links are secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id of the request."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        begun = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            _log.info(
                "answered",
                method=request.method,
                route=request.resolver_match.route if request.resolver_match else None,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - begun) * 1000),
            )
        response["X-Request-ID"] = request_id
        return response
