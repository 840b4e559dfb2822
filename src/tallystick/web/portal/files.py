"""Hands out stored files to a partner's people: those they uploaded, and those the vendor shared."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import portal
from tallystick.web.files import PORTAL_PERMISSIONS, hand_out


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def stored_file(request: HttpRequest, file_id: int) -> FileResponse:
    """Answer with a file the partner may read, to save; its purpose asks a permission of its own."""
    return hand_out(request, file_id, PORTAL_PERMISSIONS)
