"""How often a key may call, told in every answer by `RateLimit`, and when to come back where it called too often.

The counts are allauth's, in the cache that the server's processes share, as those of `web.public.limits`. A limit is a
number of requests a minute; the numbers are the operator's (`TALLYSTICK_API_…`). One request after the other is counted
under a lock of the operating system. A lock in the cache would outlive a process that is killed while it holds it, and
until it ran out every request of that key would be told that it had called too often.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Final

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.core.files import locks
from django.http import HttpRequest, HttpResponse

from tallystick.web.api.problems import ErrorCode, Problem

REQUESTS: Final = "requests"
CHECKS: Final = "checks"
WRONG_KEYS: Final = "wrong-keys"
_WRONG_KEYS_A_MINUTE: Final = 60
_A_MINUTE: Final = 60
_LOCKS: Final = 64
"""Files that all keys share, so that strangers cannot fill the folder with one for each address."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit: requests, and seconds until there is room for all again."""

    name: str
    limit: int
    left: int
    seconds: int
    allowed: bool

    def write(self, response: HttpResponse) -> None:
        """Tell the allowance in the headers of draft-ietf-httpapi-ratelimit-headers."""
        response["RateLimit-Policy"] = f'"{self.name}";q={self.limit};w={_A_MINUTE}'
        response["RateLimit"] = f'"{self.name}";r={self.left};t={self.seconds}'

    def require(self) -> None:
        """Raise the problem to answer with where there is no room."""
        if not self.allowed:
            raise Problem(
                ErrorCode.TOO_MANY_REQUESTS,
                f"At most {self.limit} {self.name.replace('-', ' ')} a minute. Try again in {self.seconds} seconds.",
                headers={"Retry-After": str(self.seconds)},
            )


def take(name: str, *, of: str) -> Allowance:
    """Count one request against the limit of that name and owner."""
    limit = {
        REQUESTS: settings.API_REQUESTS_A_MINUTE,
        CHECKS: settings.API_CHECKS_A_MINUTE,
        WRONG_KEYS: _WRONG_KEYS_A_MINUTE,
    }[name]
    rate = ratelimit.Rate(amount=limit, duration=_A_MINUTE, per="key")
    owner = sha256(of.encode()).digest()
    place = f"tallystick:api:{name}:{owner.hex()}"
    with _alone(owner[0] % _LOCKS):
        instant = time.time()
        allowed, history = ratelimit.apply_rate(cache.get(place, []), instant, rate)
        if allowed:
            cache.set(place, history, _A_MINUTE)
    # The oldest request stands last; once it is a minute old there is room for one more.
    wait = history[-1] + _A_MINUTE - instant if history else 0
    return Allowance(name, limit, limit - len(history), max(1, ceil(wait)), allowed)


@contextmanager
def _alone(number: int) -> Iterator[None]:
    """Hold the lock of that number. It ends with the process that holds it, however that ends."""
    folder = settings.VAR / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"api-limits-{number}").open("wb") as held:
        locks.lock(held, locks.LOCK_EX)
        yield


def origin_of(request: HttpRequest) -> str:
    """Return where a request comes from, as sign-in counts it."""
    address: str = ratelimit.get_ip(request)
    return address
