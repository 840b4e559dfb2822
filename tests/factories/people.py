"""People with their memberships, and browsers in which they are signed in."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.test import Client

from tallystick.partners.invitations import add_partner_person
from tallystick.partners.models import Lifecycle, Partner, PartnerMembership, PartnerRole, PartnerType
from tallystick.partners.services import create_partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.people import add_member, person_with
from tallystick.platform.tenancy import scope

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def make_member(
    workspace: Workspace,
    role: WorkspaceRole = WorkspaceRole.ADMIN,
    *,
    email: str = "anna@umbra.example",
    name: str = "",
) -> Membership:
    """Return the membership of a person at the vendor who accepted long ago."""
    with scope(workspace_id=workspace.pk):
        return add_member(SYSTEM, person=person_with(email=email, name=name), role=role, at=LONG_AGO)


def make_partner(workspace: Workspace, name: str = "Zephyr Informatics") -> Partner:
    """Return an active reseller of the workspace."""
    with scope(workspace_id=workspace.pk):
        return create_partner(
            SYSTEM,
            name=name,
            type=PartnerType.RESELLER,
            lifecycle=Lifecycle.ACTIVE,
            on=LONG_AGO.date(),
            at=LONG_AGO,
        )


def make_partner_person(
    partner: Partner, role: PartnerRole = PartnerRole.ADMIN, *, email: str = "zoe@zephyr.example", name: str = ""
) -> PartnerMembership:
    """Return the membership of a person at a partner who accepted long ago."""
    with scope(workspace_id=partner.workspace_id):
        person = person_with(email=email, name=name)
        return add_partner_person(SYSTEM, partner=partner, person=person, role=role, at=LONG_AGO)


def browser_of(person: Person) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(person)
    # As after a sign-in a moment ago: the next request does not note that the session is in use.
    session = client.session
    session["seen"] = time.time()
    session.save()
    return client
