"""Who may open a page: every view declares it with one of these decorators, and `ViewerMiddleware` holds it.

    @console(Permission.SEE_DEALS)
    def deals(request: HttpRequest) -> HttpResponse:
        viewer = current_viewer(request)

A view without a declaration is refused for everybody. Nobody learns of pages on the other side: a partner's person is
answered 404 in the console, as for an address that does not exist; a role that lacks the permission 403.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from django.http import HttpRequest

from tallystick.platform.access import Permission, Viewer

View = TypeVar("View", bound=Callable[..., Any])


class Side(Enum):
    """Which of the two shells a page belongs to, if any."""

    EVERYONE = "open to everyone"
    PERSON = "anyone signed in, before a workspace or partner is chosen"
    MEMBER = "anyone who works in a workspace or for a partner of it"
    CONSOLE = "the vendor's people"
    PORTAL = "the partner's people"
    PROGRAM = "programs with a key"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a page is for; `permission` is set for console and portal."""

    side: Side
    permission: Permission | None = None
    before_terms: bool = False
    """A portal page that is open before its terms are agreed to."""
    operations: Mapping[str, object] = field(default_factory=dict)
    """Of an address of the API: what stands behind each method, with whom it is for (`web.api.access`)."""


def open_to_everyone(view: View) -> View:
    """Declare a page that needs no sign-in."""
    return _declared(view, Audience(Side.EVERYONE))


def signed_in(view: View) -> View:
    """Declare a page for whoever is signed in, whatever they belong to."""
    return _declared(view, Audience(Side.PERSON))


def member(view: View) -> View:
    """Declare a page for everyone who belongs somewhere; it has a viewer and needs no permission."""
    return _declared(view, Audience(Side.MEMBER))


def console(permission: Permission) -> Callable[[View], View]:
    """Declare a page of the vendor's console that needs the permission."""
    return lambda view: _declared(view, Audience(Side.CONSOLE, permission))


def portal(permission: Permission) -> Callable[[View], View]:
    """Declare a page of the partner portal that needs the permission."""
    return lambda view: _declared(view, Audience(Side.PORTAL, permission))


def portal_before_terms(permission: Permission) -> Callable[[View], View]:
    """Declare a portal page that is open to somebody who has not agreed to the terms yet: the terms themselves."""
    return lambda view: _declared(view, Audience(Side.PORTAL, permission, before_terms=True))


def audience_of(view: Callable[..., Any]) -> Audience | None:
    """Return what the view declares, or nothing if it declares nothing."""
    audience: Audience | None = getattr(view, "audience", None)
    return audience


def viewer_side(viewer: Viewer) -> Side:
    """Return which shell the viewer is in: whoever looks as a partner is in the portal."""
    return Side.CONSOLE if viewer.partner is None else Side.PORTAL


def current_viewer(request: HttpRequest) -> Viewer:
    """Return the viewer behind a request of console or portal; other pages have none and raise `LookupError`."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        raise LookupError("This page has no viewer. Declare the view with @console, @portal or @member.")
    return viewer


def _declared(view: View, audience: Audience) -> View:
    view.audience = audience  # type: ignore[attr-defined]
    return view
