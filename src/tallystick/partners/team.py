"""What a partner's admin does with the partner's own people.

Memberships are written by the vendor's side only, so each command steps there for the one partner it is about: a
membership of another partner is answered like one that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.partners.invitations import (
    change_partner_role,
    invite_partner_person,
    partner_link_to_hand_over,
    remove_partner_person,
    renew_partner_invitation,
    withdraw_partner_invitation,
)
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.platform.actors import Actor
from tallystick.platform.tenancy import vendor_side


class LastPartnerAdmin(ValueError):
    """Raised when a change would leave a partner without an admin; name another one first."""

    def __init__(self) -> None:
        super().__init__("This is your company's only partner admin. Give the role to someone else first.")


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One person of a partner; somebody only invited is known by address alone."""

    membership_id: int
    person_id: int
    name: str
    email: str
    role: PartnerRole
    invited_at: datetime
    expires_at: datetime | None
    accepted_at: datetime | None
    last_seen_at: datetime | None


def team_rows(partner_id: int) -> list[TeamRow]:
    """Return the people of a partner: members by name, then those invited, the newest first. One query."""
    memberships = PartnerMembership.objects.filter(partner_id=partner_id).select_related("person")
    rows = [_row(membership) for membership in memberships.order_by("person__name", "person__email")]
    pending = sorted((row for row in rows if row.accepted_at is None), key=lambda row: row.invited_at, reverse=True)
    return [*(row for row in rows if row.accepted_at is not None), *pending]


def invite_colleague(
    actor: Actor, *, partner_id: int, email: str, name: str, role: PartnerRole, at: datetime
) -> PartnerMembership:
    """Invite somebody to one's own company's portal; raises `AlreadyMember`."""
    with vendor_side():
        partner = Partner.objects.get(pk=partner_id)
        return invite_partner_person(actor, partner=partner, email=email, name=name, role=role, at=at)


def renew_colleague_invitation(actor: Actor, *, partner_id: int, membership_id: int, at: datetime) -> PartnerMembership:
    """Send a new link to a colleague who has not accepted; raises `PartnerMembership.DoesNotExist`."""
    with vendor_side():
        _own(partner_id, membership_id)
        return renew_partner_invitation(actor, membership_id=membership_id, at=at)


def withdraw_colleague_invitation(actor: Actor, *, partner_id: int, membership_id: int) -> None:
    """Take back a colleague's invitation; raises `PartnerMembership.DoesNotExist`."""
    with vendor_side():
        _own(partner_id, membership_id)
        withdraw_partner_invitation(actor, membership_id=membership_id)


def colleague_link(actor: Actor, *, partner_id: int, membership_id: int) -> str:
    """Return the address that accepts a pending invitation, to hand over; raises `PartnerMembership.DoesNotExist`."""
    with vendor_side():
        membership = _own(partner_id, membership_id)
        if membership.accepted_at is not None:
            raise PartnerMembership.DoesNotExist
        return partner_link_to_hand_over(actor, membership)


@transaction.atomic
def change_colleague_role(actor: Actor, *, partner_id: int, membership_id: int, role: PartnerRole) -> PartnerMembership:
    """Give a colleague another role; raises `PartnerMembership.DoesNotExist` and `LastPartnerAdmin`."""
    with vendor_side():
        membership = _own(partner_id, membership_id)
        if role is not PartnerRole.ADMIN:
            _require_another_admin(membership)
        return change_partner_role(actor, membership_id=membership_id, role=role)


@transaction.atomic
def remove_colleague(actor: Actor, *, partner_id: int, membership_id: int, reason: str) -> None:
    """Take a colleague out; raises `PartnerMembership.DoesNotExist` and `LastPartnerAdmin`."""
    with vendor_side():
        _require_another_admin(_own(partner_id, membership_id))
        remove_partner_person(actor, membership_id=membership_id, reason=reason)


def _own(partner_id: int, membership_id: int) -> PartnerMembership:
    return PartnerMembership.objects.select_related("person").get(pk=membership_id, partner_id=partner_id)


def _require_another_admin(membership: PartnerMembership) -> None:
    """Hold every admin's row of the partner, so that two admins cannot remove each other at the same time."""
    admins = PartnerMembership.objects.filter(
        partner_id=membership.partner_id, role=PartnerRole.ADMIN, accepted_at__isnull=False
    )
    held = set(admins.order_by("pk").select_for_update().values_list("pk", flat=True))
    if held == {membership.pk}:
        raise LastPartnerAdmin


def _row(membership: PartnerMembership) -> TeamRow:
    email = membership.person.email
    return TeamRow(
        membership_id=membership.pk,
        person_id=membership.person_id,
        name=str(membership.person) if membership.accepted_at else email,
        email=email,
        role=PartnerRole(membership.role),
        invited_at=membership.invited_at,
        expires_at=membership.invitation_expires_at,
        accepted_at=membership.accepted_at,
        last_seen_at=membership.last_seen_at,
    )
