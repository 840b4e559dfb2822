"""What a session remembers beside who is signed in: the place chosen, and the partner being looked at."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from tallystick.partners.places import Place

_PLACE = "place"
_VIEWED_PARTNER = "viewed_partner"


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """The membership a session works under; it is read afresh at each request."""

    key: str
    workspace_id: int
    partner_id: int | None


def enter_place(request: HttpRequest, place: Place) -> None:
    """Work under this place from now on."""
    request.session[_PLACE] = [place.key, place.workspace_id, place.partner_id]
    request.session.pop(_VIEWED_PARTNER, None)


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
