"""Invitations: a membership that is not accepted yet, and the signed link that accepts it.

The link names one membership and the moment of its invitation, so a renewed invitation makes the older link useless
and an accepted one works only once. What decides is always the row, never the link. Partner people are invited the
same way in `partners.invitations`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.mail import send_mail_after_commit
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.people import person_with
from tallystick.platform.tenancy import current_workspace_id

LIFETIME = timedelta(days=14)
_SALT = "tallystick.invitation"


class AlreadyMember(ValueError):
    """Raised when the person invited is a member already."""

    def __init__(self, person: Person) -> None:
        super().__init__(f"{person.email} is a member already.")


class InvitationInvalid(ValueError):
    """Raised for a link that is forged, expired, replaced by a newer invitation or used.

    `inviter` is who to ask for another, and `expired_at` is set where time alone has run out; a link that we did not
    sign tells nothing.
    """

    def __init__(self, *, inviter: str = "", expired_at: datetime | None = None) -> None:
        super().__init__("This invitation no longer works.")
        self.inviter = inviter
        self.expired_at = expired_at


@dataclass(frozen=True, slots=True)
class InvitationKey:
    """What an invitation's link carries; `partner_id` is set for the people of a partner.

    A link handed over `by_hand` came by no mail, so it proves nothing about who opens it.
    """

    workspace_id: int
    partner_id: int | None
    membership_id: int
    invited_at: str
    inviter: str
    by_hand: bool = False


def invitation_token(key: InvitationKey) -> str:
    """Return the signed, URL-safe form of the key."""
    return signing.dumps(asdict(key), salt=_SALT)


def invitation_key(token: str) -> InvitationKey:
    """Return the key that a link carries; raises `InvitationInvalid` where we did not sign it."""
    try:
        return InvitationKey(**signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError) as error:
        raise InvitationInvalid from error


@transaction.atomic
def invite_person(actor: Actor, *, email: str, name: str = "", role: WorkspaceRole, at: datetime) -> Membership:
    """Invite someone to the workspace in scope by a mail whose link is good for fourteen days.

    Inviting again renews the invitation, with the role now given. Raises `AlreadyMember` for a member.
    """
    person = person_with(email=email, name=name)
    fresh = {"role": role, "invited_at": at, "invitation_expires_at": at + LIFETIME}
    membership, created = Membership.objects.select_for_update().get_or_create(
        workspace_id=current_workspace_id(), person=person, defaults=fresh
    )
    if not created:
        if membership.accepted_at is not None:
            raise AlreadyMember(person)
        Membership.objects.filter(pk=membership.pk).update(**fresh)
        membership.refresh_from_db()
    workspace = Workspace.objects.get(pk=membership.workspace_id)
    mail_invitation(
        key=InvitationKey(
            workspace_id=workspace.pk,
            partner_id=None,
            membership_id=membership.pk,
            invited_at=at.isoformat(),
            inviter=inviter_of(actor),
        ),
        person=person,
        to=workspace.name,
        purpose=f"to work with {workspace.name}'s partners as {role.label}",
    )
    record_activity(
        actor,
        verb="person_invited",
        subject_kind="membership",
        subject_id=membership.pk,
        summary=f"{person.email} was invited as {role.label}",
        data={"person": person.pk, "role": role.value},
        at=at,
    )
    return membership


@transaction.atomic
def renew_invitation(actor: Actor, *, membership_id: int, at: datetime) -> Membership:
    """Send somebody who has not accepted yet a new link, good for fourteen days; the older one stops working.

    Raises `Membership.DoesNotExist` where nothing is pending.
    """
    pending = Membership.objects.select_related("person").get(pk=membership_id, accepted_at__isnull=True)
    return invite_person(actor, email=pending.person.email, role=WorkspaceRole(pending.role), at=at)


@transaction.atomic
def withdraw_invitation(actor: Actor, *, membership_id: int) -> None:
    """Take back an invitation that was not accepted; its link stops working.

    Raises `Membership.DoesNotExist` where nothing is pending.
    """
    pending = Membership.objects.select_related("person").get(pk=membership_id, accepted_at__isnull=True)
    email = pending.person.email
    pending.delete()
    record_activity(
        actor,
        verb="invitation_withdrawn",
        subject_kind="membership",
        subject_id=membership_id,
        summary=f"The invitation of {email} was withdrawn",
        data={"email": email},
    )


def link_to_hand_over(actor: Actor, membership: Membership) -> str:
    """Return the address that accepts a pending invitation, to be handed over where no mail can be sent."""
    return invitation_url(
        InvitationKey(
            workspace_id=membership.workspace_id,
            partner_id=None,
            membership_id=membership.pk,
            invited_at=membership.invited_at.isoformat(),
            inviter=inviter_of(actor),
            by_hand=True,
        )
    )


def mail_invitation(*, key: InvitationKey, person: Person, to: str, purpose: str, straight_to: str = "") -> None:
    """Send the invitation when the transaction commits: who invites, to what and for what, and one button.

    `straight_to` is the address of a form that registers a deal without signing in, for those who may.
    """
    send_mail_after_commit(
        template="mail/invitation",
        to=person.email,
        context={
            "inviter": key.inviter,
            "to": to,
            "purpose": purpose,
            "url": invitation_url(key),
            "person": person,
            "straight_to": straight_to,
        },
    )


def inviter_of(actor: Actor) -> str:
    """Return whom the mail names: the person who invites, or whoever runs this installation."""
    return actor.label if actor.kind is ActorKind.PERSON else "The operator of Tallystick"


def invitation_url(key: InvitationKey) -> str:
    """Return the address to hand to the person invited, also by hand where no mail is set up."""
    return str(settings.BASE_URL) + reverse("accept_invitation", args=[invitation_token(key)])
