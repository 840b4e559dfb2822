"""What a session remembers beside who is signed in: the place chosen, all places, and the partner being looked at."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tallystick.partners.places import Place, note_presence, places_of
from tallystick.platform.models import Person
from tallystick.web.ui.components import PlaceLink

_PLACE = "place"
_PLACES = "places"
_SEEN = "seen"
_VIEWED_PARTNER = "viewed_partner"

SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly a session tells when it was last used."""


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """The membership a session works under; it is read afresh at each request."""

    key: str
    workspace_id: int
    partner_id: int | None


def begin_session(request: HttpRequest, person: Person) -> None:
    """Note where somebody who has just signed in may work, and enter the place they worked in last."""
    places = places_of(person)
    remember_places(request, places)
    last = next((place for place in places if place.key == person.last_place), None)
    if last is not None:
        enter_place(request, last)


def enter_place(request: HttpRequest, place: Place) -> None:
    """Work under this place from now on, and begin there next time."""
    request.session[_PLACE] = [place.key, place.workspace_id, place.partner_id]
    request.session.pop(_VIEWED_PARTNER, None)
    if isinstance(request.user, Person) and request.user.last_place != place.key:
        Person.objects.filter(pk=request.user.pk).update(last_place=place.key)


def remember_places(request: HttpRequest, places: tuple[Place, ...]) -> None:
    """Keep the names of all places for the menu, so that no page has to look them up; entering one checks it."""
    request.session[_PLACES] = [
        [place.key, place.partner_name or place.workspace_name, place.workspace_name, place.partner_id is not None]
        for place in places
    ]


def other_places(request: HttpRequest) -> tuple[PlaceLink, ...]:
    """Return where else the person behind a request may work, as it was when they signed in or last looked."""
    here = chosen_place(request)
    return tuple(
        PlaceLink(key=key, label=label, note=note, is_partner=is_partner)
        for key, label, note, is_partner in request.session.get(_PLACES, ())
        if here is None or key != here.key
    )


def note_use(request: HttpRequest, place: ChosenPlace, *, at: datetime) -> None:
    """Note, every few minutes, that the session is in use and that its owner is at this place."""
    if at.timestamp() - request.session.get(_SEEN, 0) < SEEN_EVERY.total_seconds():
        return
    request.session[_SEEN] = at.timestamp()
    # An address that the proxy did not tell must not close the product.
    with suppress(PermissionDenied):
        UserSession.objects.create_from_request(request)
    note_presence(place.key, workspace_id=place.workspace_id, at=at)


def chosen_place(request: HttpRequest) -> ChosenPlace | None:
    """Return the place chosen in this session, if any."""
    kept = request.session.get(_PLACE)
    return ChosenPlace(*kept) if kept else None


def leave_place(request: HttpRequest) -> None:
    """Forget the place: its membership has ended, or another is to be chosen."""
    request.session.pop(_PLACE, None)
    request.session.pop(_VIEWED_PARTNER, None)


def look_as_partner(request: HttpRequest, partner_id: int) -> None:
    """Show the portal as this partner sees it until `look_as_oneself`."""
    request.session[_VIEWED_PARTNER] = partner_id


def look_as_oneself(request: HttpRequest) -> int | None:
    """Stop looking as a partner, and return which it was."""
    viewed: int | None = request.session.pop(_VIEWED_PARTNER, None)
    return viewed


def viewed_partner_id(request: HttpRequest) -> int | None:
    """Return the partner as whom the portal is shown, if any."""
    viewed: int | None = request.session.get(_VIEWED_PARTNER)
    return viewed
