"""Notifications in the console: what the vendor's people were told, and what they want to hear of."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from tallystick.flows.notifications.rules import Side
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.notices import choosing, inbox
from tallystick.web.notices.place import Place

CONSOLE: Final = Place(Side.VENDOR, "console", show_page)
SETTINGS: Final = Place(Side.VENDOR, "console", show_settings)
"""The same addresses in the shell of the settings."""


class NoticesOfTheVendor(inbox.NoticeList):
    """What one of the vendor's people was told."""

    page = "console:notices"
    permission = Permission.SEE_SETTINGS
    side = Side.VENDOR


@console(Permission.SEE_SETTINGS)
@require_safe
def notices(request: HttpRequest) -> HttpResponseBase:
    """Show what the viewer was told."""
    return inbox.notices_page(request, CONSOLE, NoticesOfTheVendor(current_viewer(request), request.GET))


@console(Permission.SEE_SETTINGS)
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark notices as read."""
    return inbox.read_notices(request, CONSOLE)


@console(Permission.SEE_SETTINGS)
@require_POST
def unread_notices(request: HttpRequest) -> HttpResponse:
    """Mark notices as unread again."""
    return inbox.unread_notices(request, CONSOLE)


@console(Permission.SEE_SETTINGS)
@require_safe
def notice_settings(request: HttpRequest) -> HttpResponse:
    """Show what the viewer wants to hear of."""
    return choosing.settings_page(request, SETTINGS, template="notices/console_settings.html")


@console(Permission.SEE_SETTINGS)
@require_POST
def choose_notices(request: HttpRequest) -> HttpResponse:
    """Take a choice of one kind on one channel."""
    return choosing.choose_notices(request, CONSOLE)


@console(Permission.SEE_SETTINGS)
@require_POST
def choose_digest(request: HttpRequest) -> HttpResponse:
    """Take when a digest comes."""
    return choosing.choose_digest(request, CONSOLE)
