"""How often something may be tried, and the page that says when to try again.

The counts are allauth's, in the cache that the server's processes share. A limit by `key` counts what was typed,
whether it belongs to anybody or not, so that being refused tells nobody who has an account.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Final

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tallystick.platform.clock import now

LIMITS: Final[Mapping[str, str]] = {
    "ask": "20/m/ip,3/m/key",
    "code": "30/m/ip",
    "password": "20/m/ip",
    "passkey": "20/m/ip",
    "link": "30/m/ip",
    "invitation": "30/m/ip",
    "register": "60/m/ip",
    "confirm": "10/m/key",
    "verify": "20/m/ip",
    "mail_in": "300/m/ip",
    "public_form": "20/m/ip,60/h/key",
    "public_form_mail": "10/h/key",
    "check-person": "120/m/key,900/h/key",
    "check-partner": "300/m/key,5000/d/key",
}
"""For each action the most in a period, by origin and by what was typed: `20/m/ip` is twenty a minute."""

_APP: Final = "tallystick"
_A_MINUTE: Final = 60
View = Callable[..., HttpResponse]


def refusal(request: HttpRequest, action: str, *, key: str = "") -> HttpResponse | None:
    """Count one attempt; return the page to answer with where there were too many, else nothing."""
    seconds = seconds_to_wait(request, action, key=key)
    return too_many(request, seconds=seconds) if seconds else None


def seconds_to_wait(request: HttpRequest, action: str, *, key: str) -> int:
    """Count one attempt; return the seconds until the next may be made, 0 where this one may."""
    if ratelimit.consume(request, app=_APP, action=action, config=dict(LIMITS), key=key, limit_get=True):
        return 0
    return _seconds_left(request, action, key)


def limited(action: str, *, methods: tuple[str, ...] = ("POST",)) -> Callable[[View], View]:
    """Count each request of these methods to a view, by origin; a HEAD costs what a GET does and counts as one."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            asked = "GET" if request.method == "HEAD" else request.method
            refused = refusal(request, action) if asked in methods else None
            return refused or view(request, *args, **kwargs)

        return counted

    return decorate


def too_many(request: HttpRequest, *, seconds: int = _A_MINUTE) -> HttpResponse:
    """Answer that there were too many attempts, and when the next one may be made."""
    context = {"again_at": now() + timedelta(seconds=seconds), "seconds": seconds}
    response = render(request, "429.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(seconds)
    return response


def handler429(request: HttpRequest) -> HttpResponse:
    """Answer for allauth's own limits, which last a minute."""
    return too_many(request)


def _seconds_left(request: HttpRequest, action: str, key: str) -> int:
    """Return after how many seconds every rate of the action has room again, one at least."""
    left = 1.0
    for rate in ratelimit.parse_rates(LIMITS[action]):
        name = ratelimit.get_cache_key(request, app=_APP, action=action, rate=rate, key=key)
        tried: list[float] = cache.get(name, [])
        if len(tried) >= rate.amount:
            left = max(left, tried[-1] + rate.duration - time.time())
    return int(left) + 1
