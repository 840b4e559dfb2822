"""Where each role begins: the pages are the same for all, another one comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.urls import reverse

from tallystick.platform.access import Viewer
from tallystick.platform.models import WorkspaceRole
from tallystick.platform.saved_views import default_view

CONSOLE_HOMES: Final[Mapping[WorkspaceRole, str]] = {
    WorkspaceRole.ADMIN: "console:overview",
    WorkspaceRole.PARTNER_MANAGER: "console:overview",
    WorkspaceRole.AE: "console:deals",
    WorkspaceRole.REVOPS: "console:gaps",
    WorkspaceRole.FINANCE: "console:approvals",
    WorkspaceRole.EXECUTIVE: "console:overview",
}
PORTAL_HOME: Final = "portal:home"
OWN_DEALS: Final = "view=mine"
"""An account executive begins with the deals they own, unless they chose another view of the list to open first."""


def home_address(viewer: Viewer) -> str:
    """Return the address of the viewer's start page."""
    if viewer.partner is not None:
        return reverse(PORTAL_HOME)
    role = WorkspaceRole(viewer.role)
    address = reverse(CONSOLE_HOMES[role])
    if role is WorkspaceRole.AE and not default_view(person=viewer.person, list_name="deals"):
        return f"{address}?{OWN_DEALS}"
    return address
