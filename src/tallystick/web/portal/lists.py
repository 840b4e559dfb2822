"""The lists of the portal by name, and the addresses of their saved views."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import portal
from tallystick.web.listing import background, serving
from tallystick.web.listing.lists import AnyList
from tallystick.web.portal.deals import OwnDealList
from tallystick.web.portal.earnings import OwnLineList
from tallystick.web.portal.leads import OwnLeadList
from tallystick.web.portal.notices import NoticesOfAPartner
from tallystick.web.portal.pages import FRAME
from tallystick.web.portal.statements import OwnStatementList
from tallystick.web.portal.team_list import TeamList
from tallystick.web.webhooks.sent import OwnWebhookDeliveryList

EVERY_LIST: Final[tuple[AnyList, ...]] = (
    OwnDealList,
    OwnLeadList,
    OwnLineList,
    OwnStatementList,
    TeamList,
    NoticesOfAPartner,
    OwnWebhookDeliveryList,
)
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


@portal(Permission.SEE_OWN_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_file(request: HttpRequest, list_name: str) -> HttpResponse:
    """Offer a workbook that is made in the background, and have it made."""
    return background.ask(request, SIDE, list_name)


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def list_file(request: HttpRequest, list_file_id: int) -> HttpResponse:
    """Show how far a workbook is."""
    return background.show(request, SIDE, list_file_id)


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def open_list_file(request: HttpRequest, list_file_id: int) -> HttpResponseBase:
    """Hand out a workbook that is ready."""
    return background.open_file(request, SIDE, list_file_id)


LIST_PATTERNS: Final = [
    path("lists/<slug:list_name>/views/", save_view, name="save_view"),
    path("lists/<slug:list_name>/views/<int:view_id>/", change_view, name="change_view"),
    path("lists/<slug:list_name>/views/<int:view_id>/remove/", remove_view, name="remove_view"),
    path("lists/<slug:list_name>/views/<int:view_id>/restore/", restore_view, name="restore_view"),
    path("lists/<slug:list_name>/first/", first_view, name="first_view"),
    path("lists/<slug:list_name>/file/", ask_for_file, name="ask_for_file"),
    path("lists/files/<int:list_file_id>/", list_file, name="list_file"),
    path("lists/files/<int:list_file_id>/open/", open_list_file, name="open_list_file"),
]
