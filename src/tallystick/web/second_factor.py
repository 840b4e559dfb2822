"""Holds the rule of the second factor at every page: who owes one is led to set it up before anything else.

In the days of grace they are led there once a session and may go on; afterwards console and portal are closed to a
session that used no second factor. One's own account stays open: there it is set up, so nobody is locked out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from tallystick.platform.access import Viewer
from tallystick.platform.models import Person
from tallystick.platform.second_factor import holders_among

_TOLD: Final = "second_factor_told"
_FACTOR: Final = "mfa"
"""What allauth calls a proof by passkey, authenticator app or recovery code."""


def used_second_factor(request: HttpRequest) -> bool:
    """Tell whether a second factor was used in this session. No query."""
    return any(record.get("method") == _FACTOR for record in get_authentication_records(request, request.user))


def note_new_factor(request: HttpRequest, person: Person, kind: Authenticator.Type) -> None:
    """Note that a factor was set up in this session, which proves that its owner holds it."""
    record_authentication(request, person, _FACTOR, type=kind.value, reauthenticated=True)


def owes_second_factor(request: HttpRequest, viewer: Viewer, *, at: datetime) -> bool:
    """Tell whether the viewer's pages are closed until a second factor was used."""
    return viewer.second_factor_due is not None and at >= viewer.second_factor_due and not used_second_factor(request)


def must_hear_of_it(request: HttpRequest, viewer: Viewer) -> bool:
    """Tell, once a session, whether somebody without a second factor has days left to set one up."""
    if viewer.second_factor_due is None or used_second_factor(request) or request.session.get(_TOLD):
        return False
    request.session[_TOLD] = True
    return viewer.person.pk not in holders_among([viewer.person.pk])
