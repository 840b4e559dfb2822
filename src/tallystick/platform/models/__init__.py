"""Tables of the platform: workspaces, people and their memberships, and what happened; one file a subject."""

from __future__ import annotations

from tallystick.platform.models.activity import ActivityEntry
from tallystick.platform.models.people import Membership, Person, PersonManager, WorkspaceRole
from tallystick.platform.models.workspaces import Workspace

__all__ = ["ActivityEntry", "Membership", "Person", "PersonManager", "Workspace", "WorkspaceRole"]
