"""The vendor's people as a list: members and those only invited, with role, invitation and when they were last here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tallystick.platform.models import Membership, WorkspaceRole


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person of the vendor; somebody only invited is known by address alone."""

    membership_id: int
    person_id: int
    name: str
    email: str
    role: WorkspaceRole
    invited_at: datetime
    expires_at: datetime | None
    accepted_at: datetime | None
    last_seen_at: datetime | None


def member_rows(*, search: str = "", role: WorkspaceRole | None = None) -> list[MemberRow]:
    """Return the people of the workspace in scope: members by name, then those invited, the newest first. One query.

    `search` is a part of a name or address.
    """
    memberships = Membership.objects.select_related("person").order_by("person__name", "person__email")
    if role is not None:
        memberships = memberships.filter(role=role)
    rows = [row for row in map(_row, memberships) if search.casefold() in f"{row.name} {row.email}".casefold()]
    pending = sorted((row for row in rows if row.accepted_at is None), key=lambda row: row.invited_at, reverse=True)
    return [*(row for row in rows if row.accepted_at is not None), *pending]


def _row(membership: Membership) -> MemberRow:
    email = membership.person.email
    return MemberRow(
        membership_id=membership.pk,
        person_id=membership.person_id,
        name=str(membership.person) if membership.accepted_at else email,
        email=email,
        role=WorkspaceRole(membership.role),
        invited_at=membership.invited_at,
        expires_at=membership.invitation_expires_at,
        accepted_at=membership.accepted_at,
        last_seen_at=membership.last_seen_at,
    )
