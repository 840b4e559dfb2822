"""Notifications in the portal: what the partner's people were told, and what they want to hear of."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from tallystick.flows.notifications.rules import Side
from tallystick.platform.access import Permission
from tallystick.web.access import current_viewer, portal
from tallystick.web.notices import choosing, inbox
from tallystick.web.notices.place import Place
from tallystick.web.portal.pages import show_page

PORTAL: Final = Place(Side.PARTNER, "portal", show_page)


class NoticesOfAPartner(inbox.NoticeList):
    """What one of a partner's people was told."""

    page = "portal:notices"
    permission = Permission.SEE_OWN_NOTICES
    side = Side.PARTNER


@portal(Permission.SEE_OWN_NOTICES)
@require_safe
def notices(request: HttpRequest) -> HttpResponseBase:
    """Show what the viewer was told."""
    return inbox.notices_page(request, PORTAL, NoticesOfAPartner(current_viewer(request), request.GET))


@portal(Permission.SEE_OWN_NOTICES)
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark notices as read."""
    return inbox.read_notices(request, PORTAL)


@portal(Permission.SEE_OWN_NOTICES)
@require_POST
def unread_notices(request: HttpRequest) -> HttpResponse:
    """Mark notices as unread again."""
    return inbox.unread_notices(request, PORTAL)


@portal(Permission.SEE_OWN_NOTICES)
@require_safe
def notice_settings(request: HttpRequest) -> HttpResponse:
    """Show what the viewer wants to hear of."""
    return choosing.settings_page(request, PORTAL, template="notices/portal_settings.html")


@portal(Permission.SEE_OWN_NOTICES)
@require_POST
def choose_notices(request: HttpRequest) -> HttpResponse:
    """Take a choice of one kind on one channel."""
    return choosing.choose_notices(request, PORTAL)


@portal(Permission.SEE_OWN_NOTICES)
@require_POST
def choose_digest(request: HttpRequest) -> HttpResponse:
    """Take when a digest comes."""
    return choosing.choose_digest(request, PORTAL)
