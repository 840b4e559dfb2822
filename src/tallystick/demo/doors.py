"""The links that let a visitor in as each role of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tallystick.demo.cast import colleagues, data
from tallystick.partners.sign_in_links import OPERATOR_LIFETIME, demo_sign_in_link, sign_in_link
from tallystick.platform.models import Person, Workspace, WorkspaceRole

PARTNER_VISITORS = (
    ("Partner admin, Corvid Consulting", "asha.patel@corvid-consulting.example"),
    ("Partner seller, Corvid Consulting", "jonas.richter@corvid-consulting.example"),
)


@dataclass(frozen=True, slots=True)
class Door:
    """Who one comes in as, and the address."""

    role: str
    person: str
    address: str


def demo_doors(workspace: Workspace) -> list[Door]:
    """Return a door for each role at the vendor and two at a partner; they open as often as wanted."""
    first_in_role: dict[str, str] = {}
    for colleague in colleagues():
        first_in_role.setdefault(colleague.role, colleague.email)
    visitors = [(str(WorkspaceRole(role).label), email) for role, email in first_in_role.items()]
    return [_door(role, email, workspace) for role, email in (*visitors, *PARTNER_VISITORS)]


def empty_door(workspace: Workspace, *, now: datetime) -> Door:
    """Return the door of the empty workspace's admin; it opens once, within a day."""
    person = Person.objects.get(email=data("cast")["empty_workspace_admin"]["email"])
    address = sign_in_link(person, at=now, lifetime=OPERATOR_LIFETIME, workspace=workspace)
    return Door(str(WorkspaceRole.ADMIN.label), person.name, address)


def _door(role: str, email: str, workspace: Workspace) -> Door:
    person = Person.objects.get(email=email)
    return Door(role, person.name, demo_sign_in_link(person, workspace=workspace))
