"""Finds out who looks, from where, and whether the page is for them; then runs the view in that scope.

The membership is read at every request, so whoever is removed, or given another role, is so from the next request on.
It must stand last in `MIDDLEWARE`: after sessions, authentication, messages and allauth.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from tallystick.partners.places import places_of, seen_as_partner, viewer_at
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.languages import language_for
from tallystick.platform.models import Person, Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.access import Audience, Side, audience_of, viewer_side
from tallystick.web.api.gate import answer_program
from tallystick.web.second_factor import must_hear_of_it, owes_second_factor
from tallystick.web.session import (
    ChosenPlace,
    chosen_place,
    enter_place,
    leave_place,
    note_use,
    remember_places,
    viewed_partner_id,
)


class ViewerMiddleware:
    """Holds what each view declares in `web.access`; a view that declares nothing is refused for everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer pages that are open to everyone; ask who looks at all others."""
        audience = _audience(request)
        if audience is None or audience.side is Side.EVERYONE:
            return self.get_response(request)
        if audience.side is Side.PROGRAM:
            return answer_program(request, audience.operations, self.get_response)
        person = request.user
        if not isinstance(person, Person):
            return _to_sign_in(request)
        if person.language:
            # Until here the browser's wish was followed; LocaleMiddleware begins the next request afresh.
            translation.activate(language_for(person.language))
        response = self._answer(request, audience, person)
        add_never_cache_headers(response)
        return response

    def _answer(self, request: HttpRequest, audience: Audience, person: Person) -> HttpResponse:
        if audience.side is Side.PERSON:
            return self.get_response(request)
        place = _place_in_use(request, person)
        if place is None:
            return _to(request, reverse("choose_place"))
        with scope(workspace_id=place.workspace_id, partner_id=place.partner_id, person_id=person.pk):
            viewer = viewer_at(place.key, workspace_id=place.workspace_id, partner_id=place.partner_id, person=person)
            if viewer is not None:
                note_use(request, place, at=now())
                return self._show(request, audience, viewer)
        leave_place(request)
        return _to(request, reverse("choose_place"))

    def _show(self, request: HttpRequest, audience: Audience, viewer: Viewer) -> HttpResponse:
        if audience.side is Side.PORTAL:
            viewer = _looking_as_partner(request, viewer)
        if audience.side is not Side.MEMBER and audience.side is not viewer_side(viewer):
            raise Http404
        if audience.permission is not None:
            viewer.require(audience.permission)
        if audience.side is not Side.MEMBER and _leads_to_second_factor(request, viewer):
            return _to(request, _with_next(request, reverse("account:second_factor")))
        if audience.side is Side.PORTAL and viewer.owes_terms and not audience.before_terms:
            return _to(request, _with_next(request, reverse("portal:terms")))
        request.viewer = viewer  # type: ignore[attr-defined]
        if viewer.workspace.language and not viewer.person.language:
            translation.activate(language_for(viewer.workspace.language))
        # Times are told in the workspace's zone, wherever the server stands, or in the one the person has chosen.
        with timezone.override(ZoneInfo(viewer.person.time_zone or viewer.workspace.time_zone)):
            return self._run(request, viewer)

    def _run(self, request: HttpRequest, viewer: Viewer) -> HttpResponse:
        if not viewer.is_viewing_as_partner or viewer.partner is None:
            return self.get_response(request)
        with scope(workspace_id=viewer.workspace.pk, partner_id=viewer.partner.id):
            return self.get_response(request)


def _audience(request: HttpRequest) -> Audience | None:
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return None
    audience = audience_of(view)
    if audience is None:
        raise ImproperlyConfigured(
            f"{request.path_info} does not declare whom it is for. Decorate its view with @console(...), "
            "@portal(...), @signed_in or @open_to_everyone from tallystick.web.access."
        )
    return audience


def _place_in_use(request: HttpRequest, person: Person) -> ChosenPlace | None:
    """Return the place chosen in this session; who belongs to one place only has chosen it."""
    if chosen_place(request) is None:
        places = places_of(person)
        remember_places(request, places)
        if len(places) == 1:
            enter_place(request, places[0])
    return chosen_place(request)


def _looking_as_partner(request: HttpRequest, viewer: Viewer) -> Viewer:
    """Return the viewer of a portal page: someone of the vendor who looks as a partner sees it through its eyes."""
    partner_id = viewed_partner_id(request)
    if partner_id is None or not viewer.may(Permission.VIEW_AS_PARTNER):
        return viewer
    return seen_as_partner(viewer, partner_id=partner_id) or viewer


def _leads_to_second_factor(request: HttpRequest, viewer: Viewer) -> bool:
    """Tell whether the page must wait: for good where a second factor is overdue, once a session in the days before."""
    if viewer.second_factor_due is None:
        return False
    is_page = request.method == "GET" and not _is_htmx(request)
    return owes_second_factor(request, viewer, at=now()) or (is_page and must_hear_of_it(request, viewer))


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.path == reverse("start") and not Workspace.objects.exists():
        return _to(request, reverse("empty_server"))
    return _to(request, _with_next(request, reverse("account_login")))


def _with_next(request: HttpRequest, address: str) -> str:
    """Return the address with the page that was asked for, which opens afterwards."""
    if request.method != "GET" or _is_htmx(request):
        return address
    return f"{address}?{urlencode({'next': request.get_full_path()})}"


def _to(request: HttpRequest, address: str) -> HttpResponse:
    # A redirect would be swapped into the page as a fragment; htmx is told to open the address instead.
    return HttpResponseClientRedirect(address) if _is_htmx(request) else redirect(address)


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
