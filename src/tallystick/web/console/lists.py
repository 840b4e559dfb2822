"""The lists of the console by name, and the addresses they share. Each is held to the contract of docs/how-to/lists.md.

The permission in front of these addresses is the one everybody in the console holds; each list asks for its own then.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import console
from tallystick.web.console.activity import ActivityList
from tallystick.web.console.approvals import ApprovalList
from tallystick.web.console.blocked import BlockedList
from tallystick.web.console.commission_lines import LineList
from tallystick.web.console.conflicts import ConflictList
from tallystick.web.console.deal_list import DealList
from tallystick.web.console.directory import PartnerList
from tallystick.web.console.gaps import GapList
from tallystick.web.console.imports import ImportList
from tallystick.web.console.leads import LeadList
from tallystick.web.console.ledger import LedgerList
from tallystick.web.console.notices import NoticesOfTheVendor
from tallystick.web.console.pages import FRAME
from tallystick.web.console.seller_pay import SellerPayList
from tallystick.web.console.settings.audit import AuditList
from tallystick.web.console.settings.inbound import InboundMailList
from tallystick.web.console.settings.jobs import JobList
from tallystick.web.console.settings.people_list import PeopleList
from tallystick.web.console.statement_list import StatementList
from tallystick.web.listing import background, many, serving
from tallystick.web.listing.lists import AnyList
from tallystick.web.webhooks.sent import WebhookDeliveryList

EVERY_LIST: Final[tuple[AnyList, ...]] = (
    DealList,
    LeadList,
    ConflictList,
    LedgerList,
    GapList,
    LineList,
    BlockedList,
    ApprovalList,
    StatementList,
    SellerPayList,
    PartnerList,
    ImportList,
    ActivityList,
    AuditList,
    PeopleList,
    JobList,
    NoticesOfTheVendor,
    WebhookDeliveryList,
    InboundMailList,
)
SIDE: Final = serving.Side(FRAME, {listed.name: listed for listed in EVERY_LIST})


@console(Permission.SEE_OVERVIEW)
@require_POST
def save_view(request: HttpRequest, list_name: str) -> HttpResponse:
    """Keep the present state of a list under a name."""
    return serving.save(request, SIDE, list_name)


@console(Permission.SEE_OVERVIEW)
@require_POST
def change_view(request: HttpRequest, list_name: str, view_id: int) -> HttpResponse:
    """Rename a saved view, or give it the present state."""
    return serving.change(request, SIDE, list_name, view_id)


@console(Permission.SEE_OVERVIEW)
@require_POST
def remove_view(request: HttpRequest, list_name: str, view_id: int) -> HttpResponse:
    """Take a saved view away."""
    return serving.remove(request, SIDE, list_name, view_id)


@console(Permission.SEE_OVERVIEW)
@require_POST
def restore_view(request: HttpRequest, list_name: str, view_id: int) -> HttpResponse:
    """Bring a saved view back."""
    return serving.restore(request, SIDE, list_name, view_id)


@console(Permission.SEE_OVERVIEW)
@require_POST
def first_view(request: HttpRequest, list_name: str) -> HttpResponse:
    """Choose the state in which a list opens."""
    return serving.first(request, SIDE, list_name)


@console(Permission.SEE_OVERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, list_name: str, action: str) -> HttpResponse:
    """Show what an action on many rows would change, and do it once that was confirmed."""
    return many.act(request, SIDE, list_name, action)


@console(Permission.SEE_OVERVIEW)
@require_POST
def undo_action(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take back what was done to many rows."""
    return many.undo(request, SIDE, run_id)


@console(Permission.SEE_OVERVIEW)
@require_safe
def bulk_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show what was done to many rows, what was left, and the way back."""
    return many.show_run(request, SIDE, run_id)


@console(Permission.SEE_OVERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_field(request: HttpRequest, list_name: str, field: str, key: str) -> HttpResponse:
    """Edit one field of one row in its place."""
    return serving.edit(request, SIDE, list_name, field, key)


@console(Permission.SEE_OVERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_file(request: HttpRequest, list_name: str) -> HttpResponse:
    """Offer a workbook that is made in the background, and have it made."""
    return background.ask(request, SIDE, list_name)


@console(Permission.SEE_OVERVIEW)
@require_safe
def list_file(request: HttpRequest, list_file_id: int) -> HttpResponse:
    """Show how far a workbook is."""
    return background.show(request, SIDE, list_file_id)


@console(Permission.SEE_OVERVIEW)
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
    path("lists/<slug:list_name>/actions/<slug:action>/", act, name="act"),
    path("lists/runs/<int:run_id>/", bulk_run, name="bulk_run"),
    path("lists/runs/<int:run_id>/undo/", undo_action, name="undo_action"),
    path("lists/<slug:list_name>/fields/<slug:field>/<str:key>/", edit_field, name="edit_field"),
    path("lists/<slug:list_name>/file/", ask_for_file, name="ask_for_file"),
    path("lists/files/<int:list_file_id>/", list_file, name="list_file"),
    path("lists/files/<int:list_file_id>/open/", open_list_file, name="open_list_file"),
]
