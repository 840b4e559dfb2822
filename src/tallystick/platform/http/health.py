"""Answers `/health/live` and `/health/ready` before hosts, sessions and redirects are looked at."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from tallystick.platform.health import ready


class HealthMiddleware:
    """Live: the process answers. Ready: the database answers under the right role and is migrated; 503 if not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a health address; pass every other request on."""
        match request.path:
            case "/health/live":
                return JsonResponse({"status": "live"})
            case "/health/ready":
                return _readiness()
            case _:
                return self.get_response(request)


def _readiness() -> HttpResponse:
    findings = ready()
    holds = all(finding.holds for finding in findings)
    body = {
        "status": "ready" if holds else "not ready",
        # What is wrong is in the log and in `tallystick doctor`; an open address names only the check.
        "checks": {finding.subject: finding.holds for finding in findings},
    }
    return JsonResponse(body, status=200 if holds else 503)
