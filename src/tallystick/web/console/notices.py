"""Notifications in the console: what the vendor's people were told, and what they want to hear of."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from tallystick.flows.notifications.rules import Side
from tallystick.platform.access import Permission
from tallystick.web.access import console
from tallystick.web.console.pages import show_page
from tallystick.web.notices import inbox
from tallystick.web.notices.place import Place

CONSOLE: Final = Place(Side.VENDOR, "console", show_page)


@console(Permission.SEE_SETTINGS)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Show what the viewer was told."""
    return inbox.notices_page(request, CONSOLE)


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
