"""The lists of the portal by name, and the addresses of their saved views."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tallystick.platform.access import Permission
from tallystick.web.access import portal
from tallystick.web.listing import serving
from tallystick.web.listing.lists import AnyList
from tallystick.web.portal.deals import OwnDealList
from tallystick.web.portal.earnings import OwnLineList
from tallystick.web.portal.pages import FRAME

EVERY_LIST: Final[tuple[AnyList, ...]] = (OwnDealList, OwnLineList)
SIDE: Final = serving.Side(FRAME, {listed.name: listed for listed in EVERY_LIST})


@portal(Permission.SEE_OWN_PORTAL)
@require_POST
def save_view(request: HttpRequest, list_name: str) -> HttpResponse:
    """Keep the present state of a list under a name."""
    return serving.save(request, SIDE, list_name)


@portal(Permission.SEE_OWN_PORTAL)
@require_POST
def change_view(request: HttpRequest, list_name: str, view_id: int) -> HttpResponse:
    """Rename a saved view, or give it the present state."""
    return serving.change(request, SIDE, list_name, view_id)


@portal(Permission.SEE_OWN_PORTAL)
@require_POST
def remove_view(request: HttpRequest, list_name: str, view_id: int) -> HttpResponse:
    """Take a saved view away."""
    return serving.remove(request, SIDE, list_name, view_id)


@portal(Permission.SEE_OWN_PORTAL)
@require_POST
def restore_view(request: HttpRequest, list_name: str, view_id: int) -> HttpResponse:
    """Bring a saved view back."""
    return serving.restore(request, SIDE, list_name, view_id)


@portal(Permission.SEE_OWN_PORTAL)
@require_POST
def first_view(request: HttpRequest, list_name: str) -> HttpResponse:
    """Choose the state in which a list opens."""
    return serving.first(request, SIDE, list_name)


LIST_PATTERNS: Final = [
    path("lists/<slug:list_name>/views/", save_view, name="save_view"),
    path("lists/<slug:list_name>/views/<int:view_id>/", change_view, name="change_view"),
    path("lists/<slug:list_name>/views/<int:view_id>/remove/", remove_view, name="remove_view"),
    path("lists/<slug:list_name>/views/<int:view_id>/restore/", restore_view, name="restore_view"),
    path("lists/<slug:list_name>/first/", first_view, name="first_view"),
]
