"""Where each role begins: the pages are the same for all, another one comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.urls import reverse

from tallystick.platform.access import Viewer
from tallystick.platform.models import WorkspaceRole

CONSOLE_HOMES: Final[Mapping[WorkspaceRole, str]] = {
    WorkspaceRole.ADMIN: "console:overview",
    WorkspaceRole.PARTNER_MANAGER: "console:overview",
    WorkspaceRole.AE: "console:deals",
    WorkspaceRole.REVOPS: "console:gaps",
    WorkspaceRole.FINANCE: "console:approvals",
    WorkspaceRole.EXECUTIVE: "console:overview",
}
PORTAL_HOME: Final = "portal:home"


def home_address(viewer: Viewer) -> str:
    """Return the address of the viewer's start page."""
    return reverse(CONSOLE_HOMES[WorkspaceRole(viewer.role)] if viewer.partner is None else PORTAL_HOME)
