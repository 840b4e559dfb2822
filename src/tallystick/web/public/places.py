"""Where a person works: the start page of each role, choosing among several places, looking as a partner."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.partners.models import Partner
from tallystick.partners.places import places_of
from tallystick.partners.services import begin_looking_as_partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import Person
from tallystick.web.access import console, current_viewer, member, signed_in
from tallystick.web.homes import PORTAL_HOME, home_address
from tallystick.web.session import chosen_place, enter_place, look_as_oneself, look_as_partner, remember_places


@member
@require_http_methods(["GET", "HEAD"])
def start_page(request: HttpRequest) -> HttpResponse:
    """Lead to the start page of the viewer's role."""
    return redirect(home_address(current_viewer(request)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def choose_place(request: HttpRequest) -> HttpResponse:
    """Show where the person may work and go there, to the page named by `next` if there is one.

    A place that is not theirs is answered like an absent one.
    """
    assert isinstance(request.user, Person)  # noqa: S101 - `signed_in` lets nobody else pass
    places = places_of(request.user)
    remember_places(request, places)
    if request.method == "POST":
        wanted = next((place for place in places if place.key == request.POST.get("place")), None)
        if wanted is None:
            raise Http404
        enter_place(request, wanted)
        return redirect(_own_path(request, request.POST.get("next", "")) or "start")
    chosen = chosen_place(request)
    context = {
        "places": places,
        "current": chosen.key if chosen else "",
        "person": request.user,
        "next_path": _own_path(request, request.GET.get("next", "")),
    }
    return render(request, "public/choose_place.html", context)


@console(Permission.VIEW_AS_PARTNER)
@require_POST
def view_as_partner(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Show the portal as the partner sees it, from the next page on."""
    try:
        begin_looking_as_partner(current_viewer(request).actor(), partner_id=partner_id, at=now())
    except Partner.DoesNotExist as error:
        raise Http404 from error
    look_as_partner(request, partner_id)
    return redirect(PORTAL_HOME)


@member
@require_POST
def view_as_oneself(request: HttpRequest) -> HttpResponse:
    """Go back to the console."""
    look_as_oneself(request)
    return redirect("start")


def _own_path(request: HttpRequest, path: str) -> str:
    """Return the path if it leads to this installation, else nothing."""
    own = url_has_allowed_host_and_scheme(path, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return path if own else ""
