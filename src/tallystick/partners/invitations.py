"""Invitations of a partner's people, and the acceptance of any invitation, the vendor's own included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.partners.places import Place
from tallystick.partners.register_links import register_link
from tallystick.partners.terms import TERMS_DUE
from tallystick.platform.access import Permission
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.invitations import (
    LIFETIME,
    AlreadyMember,
    InvitationInvalid,
    InvitationKey,
    invitation_key,
    invitation_url,
    inviter_of,
    mail_invitation,
)
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.people import person_with
from tallystick.platform.tenancy import scope


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that can be accepted now: who invites whom, and to which place."""

    person: Person
    place: Place
    inviter: str
    expires_at: datetime
    by_hand: bool
    """The link came by no mail, so it signs in nobody who has another way in."""


@transaction.atomic
def invite_partner_person(
    actor: Actor, *, partner: Partner, email: str, name: str = "", role: PartnerRole, at: datetime
) -> PartnerMembership:
    """Invite someone who works for a partner by a mail whose link is good for fourteen days.

    Runs on the vendor's side of the partner's workspace. Inviting again renews the invitation, with the role now
    given. Raises `AlreadyMember` for someone who has accepted.
    """
    person = person_with(email=email, name=name)
    fresh = {"role": role, "invited_at": at, "invitation_expires_at": at + LIFETIME, "terms_version": TERMS_DUE}
    membership, created = PartnerMembership.objects.select_for_update().get_or_create(
        workspace_id=partner.workspace_id, partner=partner, person=person, defaults=fresh
    )
    if not created:
        if membership.accepted_at is not None:
            raise AlreadyMember(person)
        PartnerMembership.objects.filter(pk=membership.pk).update(**fresh)
        membership.refresh_from_db()
    workspace = Workspace.objects.get(pk=partner.workspace_id)
    mail_invitation(
        key=InvitationKey(
            workspace_id=workspace.pk,
            partner_id=partner.pk,
            membership_id=membership.pk,
            invited_at=at.isoformat(),
            inviter=inviter_of(actor),
        ),
        person=person,
        to=f"{workspace.name}'s partner portal",
        purpose=f"to register deals and follow earnings for {partner.name}",
        straight_to=_register_url(membership, at=at),
    )
    record_activity(
        actor,
        verb="partner_person_invited",
        subject_kind="partner_membership",
        subject_id=membership.pk,
        partner_id=partner.pk,
        summary=f"{person.email} was invited to {partner.name} as {role.label}",
        data={"person": person.pk, "role": role.value},
        at=at,
    )
    return membership


@transaction.atomic
def add_partner_person(
    actor: Actor, *, partner: Partner, person: Person, role: PartnerRole, at: datetime
) -> PartnerMembership:
    """Make a person a member of a partner without an invitation: for operators and the demo."""
    membership = PartnerMembership.objects.create(
        workspace_id=partner.workspace_id, partner=partner, person=person, role=role, invited_at=at, accepted_at=at
    )
    record_activity(
        actor,
        verb="partner_person_added",
        subject_kind="partner_membership",
        subject_id=membership.pk,
        partner_id=partner.pk,
        summary=f"{person} was added to {partner.name} as {role.label}",
        data={"person": person.pk, "role": role.value},
        at=at,
    )
    return membership


@transaction.atomic
def renew_partner_invitation(actor: Actor, *, membership_id: int, at: datetime) -> PartnerMembership:
    """Send a partner's person who has not accepted yet a new link, good for fourteen days; the older one stops working.

    Runs on the vendor's side. Raises `PartnerMembership.DoesNotExist` where nothing is pending.
    """
    pending = PartnerMembership.objects.select_related("person", "partner").get(
        pk=membership_id, accepted_at__isnull=True
    )
    return invite_partner_person(
        actor, partner=pending.partner, email=pending.person.email, role=PartnerRole(pending.role), at=at
    )


@transaction.atomic
def withdraw_partner_invitation(actor: Actor, *, membership_id: int) -> None:
    """Take back the invitation of a partner's person; its link stops working.

    Runs on the vendor's side. Raises `PartnerMembership.DoesNotExist` where nothing is pending.
    """
    pending = PartnerMembership.objects.select_related("person").get(pk=membership_id, accepted_at__isnull=True)
    email, partner_id = pending.person.email, pending.partner_id
    pending.delete()
    record_activity(
        actor,
        verb="invitation_withdrawn",
        subject_kind="partner_membership",
        subject_id=membership_id,
        partner_id=partner_id,
        summary=f"The invitation of {email} was withdrawn",
        data={"email": email},
    )


@transaction.atomic
def change_partner_role(actor: Actor, *, membership_id: int, role: PartnerRole) -> PartnerMembership:
    """Give a partner's person another role; it holds from their next request on.

    Runs on the vendor's side. Raises `PartnerMembership.DoesNotExist`.
    """
    membership = _membership_for_change(membership_id)
    before = PartnerRole(membership.role)
    if before is role:
        return membership
    membership.role = role
    membership.save(update_fields=["role"])
    record_activity(
        actor,
        verb="partner_person_role_changed",
        subject_kind="partner_membership",
        subject_id=membership.pk,
        partner_id=membership.partner_id,
        summary=f"{membership.person} went from {before.label} to {role.label} at {membership.partner.name}",
        data={"person": membership.person_id, "from": before.value, "to": role.value},
    )
    return membership


@transaction.atomic
def remove_partner_person(actor: Actor, *, membership_id: int, reason: str = "") -> None:
    """Take a person, or someone only invited, away from a partner; the next request finds them gone.

    What they registered stays. Runs on the vendor's side of the workspace in scope. Raises
    `PartnerMembership.DoesNotExist`.
    """
    membership = _membership_for_change(membership_id)
    membership.delete()
    record_activity(
        actor,
        verb="partner_person_removed",
        subject_kind="partner_membership",
        subject_id=membership_id,
        partner_id=membership.partner_id,
        summary=f"{membership.person} was removed from {membership.partner.name}",
        data={"person": membership.person_id, "role": membership.role, "reason": reason},
    )


def partner_link_to_hand_over(actor: Actor, membership: PartnerMembership) -> str:
    """Return the address that accepts a pending invitation, to be handed over where no mail can be sent."""
    return invitation_url(
        InvitationKey(
            workspace_id=membership.workspace_id,
            partner_id=membership.partner_id,
            membership_id=membership.pk,
            invited_at=membership.invited_at.isoformat(),
            inviter=inviter_of(actor),
            by_hand=True,
        )
    )


def read_invitation(token: str, *, at: datetime) -> Invitation:
    """Return the invitation behind a link, changing nothing; raises `InvitationInvalid` where it no longer holds."""
    key = invitation_key(token)
    with scope(workspace_id=key.workspace_id):
        return _open_invitation(key, at=at)


@transaction.atomic
def accept_invitation(token: str, *, at: datetime) -> Invitation:
    """Make the person invited a member, once; of two clicks at the same time, one raises `InvitationInvalid`."""
    key = invitation_key(token)
    with scope(workspace_id=key.workspace_id):
        invitation = _open_invitation(key, at=at)
        model = Membership if key.partner_id is None else PartnerMembership
        accepted = model.objects.filter(pk=key.membership_id, accepted_at__isnull=True).update(accepted_at=at)
        if not accepted:
            raise InvitationInvalid(inviter=key.inviter)
        place = invitation.place
        record_activity(
            Actor(kind=ActorKind.PERSON, label=str(invitation.person), person_id=invitation.person.pk),
            verb="invitation_accepted",
            subject_kind="membership" if key.partner_id is None else "partner_membership",
            subject_id=key.membership_id,
            partner_id=key.partner_id,
            summary=f"{invitation.person} joined {place.partner_name or place.workspace_name} as {place.role_label}",
            data={"person": invitation.person.pk},
            at=at,
        )
    return invitation


def _open_invitation(key: InvitationKey, *, at: datetime) -> Invitation:
    found: Membership | PartnerMembership | None
    open_now = {
        "pk": key.membership_id,
        "invited_at": datetime.fromisoformat(key.invited_at),
        "accepted_at__isnull": True,
        "person__is_active": True,
    }
    if key.partner_id is None:
        found = Membership.objects.select_related("person", "workspace").filter(**open_now).first()
    else:
        found = PartnerMembership.objects.select_related("person", "workspace", "partner").filter(**open_now).first()
    if found is None or found.invitation_expires_at is None:
        raise InvitationInvalid(inviter=key.inviter)
    if found.invitation_expires_at <= at:
        raise InvitationInvalid(inviter=key.inviter, expired_at=found.invitation_expires_at)
    return Invitation(found.person, _place(found), key.inviter, found.invitation_expires_at, key.by_hand)


def _register_url(membership: PartnerMembership, *, at: datetime) -> str:
    """Return the link that registers without signing in, for roles that may register."""
    may_register = Permission.REGISTER_DEALS in PARTNER_ROLE_PERMISSIONS[PartnerRole(membership.role)]
    return register_link(membership, at=at) if may_register else ""


def _membership_for_change(membership_id: int) -> PartnerMembership:
    memberships = PartnerMembership.objects.select_related("person", "partner").select_for_update(of=("self",))
    return memberships.get(pk=membership_id)


def _place(row: Membership | PartnerMembership) -> Place:
    if isinstance(row, Membership):
        return Place(row.workspace_id, row.workspace.name, row.pk, str(WorkspaceRole(row.role).label))
    role = str(PartnerRole(row.role).label)
    return Place(row.workspace_id, row.workspace.name, row.pk, role, row.partner_id, row.partner.name)
