"""Whether somebody has just shown who they are, which changes to a sign-in ask for.

A sign-in counts as much as an answer on the page that asks: both are kept in the session with their time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

LASTS: Final = 15 * 60
"""Seconds for which a proof is good enough."""

View = Callable[..., HttpResponse]


def is_confirmed(request: HttpRequest) -> bool:
    """Tell whether whoever is signed in has proved it within the last quarter of an hour."""
    latest = max((record["at"] for record in get_authentication_records(request, request.user)), default=0.0)
    return time.time() - latest < LASTS


def confirmed(view: View) -> View:
    """Let a view run only for somebody who has just shown who they are; others are asked first, then led back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_confirmed(request):
            return view(request, *args, **kwargs)
        # What was typed is not kept: the page is opened again and asks for it once more.
        return redirect(f"{reverse('account:confirm')}?{urlencode({'next': request.path})}")

    return guarded
