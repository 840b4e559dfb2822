"""Tells somebody when a browser signs in as them that they have not used before.

A browser keeps a mark in a cookie and is known by it wherever it goes; one without the mark is known by what it calls
itself on a network seen before. What is new is told by mail, with browser, time and address.
"""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tallystick.partners.own_account import Whence, tell_of_new_browser
from tallystick.platform.browsers import recognise_browser
from tallystick.platform.models import Person
from tallystick.web.public.browsers import browser_words, network_of

MARK: Final = "browser"
_LONGEST_MARK: Final = 64
_TWO_YEARS: Final = 2 * 365 * 24 * 60 * 60


def whence(request: HttpRequest) -> Whence:
    """Return where a request comes from."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        address = ""
    return Whence(browser=browser_words(request.headers.get("User-Agent", "")), address=address)


def greet_browser(request: HttpRequest, response: HttpResponse, person: Person, *, at: datetime) -> None:
    """Remember the browser that has just signed in, mark it, and tell its owner if it is new."""
    mark = request.COOKIES.get(MARK, "")
    if not mark or len(mark) > _LONGEST_MARK:
        mark = token_urlsafe(24)
    came = whence(request)
    if recognise_browser(person=person, mark=mark, browser=came.browser, network=network_of(came.address), at=at):
        tell_of_new_browser(person=person, whence=came, at=at)
    response.set_cookie(
        MARK, mark, max_age=_TWO_YEARS, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
