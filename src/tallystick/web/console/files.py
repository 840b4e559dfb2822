"""Hands out stored files to the vendor's people."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import console
from tallystick.web.files import CONSOLE_PERMISSIONS, hand_out


@console(Permission.SEE_OVERVIEW)
@require_safe
def stored_file(request: HttpRequest, file_id: int) -> FileResponse:
    """Answer with a file of the workspace, to save; its purpose asks a permission of its own."""
    return hand_out(request, file_id, CONSOLE_PERMISSIONS)
