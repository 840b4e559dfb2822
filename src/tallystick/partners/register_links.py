"""Signed links that open the form to register a deal as one person of a partner, without signing in.

A link is for registering only. It works while the membership lasts and its role may register, for sixty days; for
somebody invited who has not come yet, as long as the invitation. Opening it changes nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from tallystick.partners.models import PartnerMembership
from tallystick.partners.places import partner_viewer, pending_partner_viewer
from tallystick.partners.terms import accept_terms
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.activity import record_activity
from tallystick.platform.tenancy import vendor_side

LIFETIME = timedelta(days=60)
_SALT = "tallystick.register-link"
_ALLOWED = frozenset({Permission.REGISTER_DEALS, Permission.SEE_OWN_EARNINGS})
"""What a link lets its holder do: register, and see what the registration may earn."""


class RegisterLinkInvalid(ValueError):
    """Raised for a link that is forged, expired, or whose person may no longer register: all look the same."""


@dataclass(frozen=True, slots=True)
class RegisterLink:
    """What a link carries."""

    workspace_id: int
    partner_id: int
    membership_id: int
    person_id: int
    expires: str


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whom a link stands for, with nothing allowed but registering; `is_pending` until the invitation is accepted."""

    viewer: Viewer
    membership_id: int
    is_pending: bool


def register_link(membership: PartnerMembership, *, at: datetime) -> str:
    """Return the address of the form for this person, for mails to them."""
    link = RegisterLink(
        workspace_id=membership.workspace_id,
        partner_id=membership.partner_id,
        membership_id=membership.pk,
        person_id=membership.person_id,
        expires=(at + LIFETIME).isoformat(),
    )
    return str(settings.BASE_URL) + reverse("register_link", args=[signing.dumps(asdict(link), salt=_SALT)])


def read_register_link(token: str, *, at: datetime) -> RegisterLink:
    """Return what a link carries; raises `RegisterLinkInvalid`."""
    try:
        link = RegisterLink(**signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError) as error:
        raise RegisterLinkInvalid from error
    if at >= datetime.fromisoformat(link.expires):
        raise RegisterLinkInvalid
    return link


def holder_of(link: RegisterLink, *, at: datetime) -> LinkHolder:
    """Return whom a link stands for; runs in the partner's scope. Raises `RegisterLinkInvalid`."""
    viewer = partner_viewer(link.membership_id, partner_id=link.partner_id, person_id=link.person_id)
    is_pending = viewer is None
    if viewer is None:
        viewer = pending_partner_viewer(link.membership_id, partner_id=link.partner_id, person_id=link.person_id, at=at)
    if viewer is None or not viewer.person.is_active or not viewer.may(Permission.REGISTER_DEALS):
        raise RegisterLinkInvalid
    allowed = replace(viewer, permissions=viewer.permissions & _ALLOWED)
    return LinkHolder(viewer=allowed, membership_id=link.membership_id, is_pending=is_pending)


@transaction.atomic
def come_in(holder: LinkHolder, *, terms_version: int, at: datetime) -> None:
    """Accept what registering by a link accepts: the invitation, if it is pending, and the terms, if they are due.

    Runs in the partner's scope. Raises `TermsChanged`.
    """
    viewer = holder.viewer
    assert viewer.partner is not None  # noqa: S101 - a holder belongs to a partner
    if holder.is_pending:
        with vendor_side():
            pending = PartnerMembership.objects.filter(pk=holder.membership_id, accepted_at__isnull=True)
            if pending.update(accepted_at=at):
                record_activity(
                    viewer.actor(),
                    verb="invitation_accepted",
                    subject_kind="partner_membership",
                    subject_id=holder.membership_id,
                    partner_id=viewer.partner.id,
                    summary=f"{viewer.person} joined {viewer.partner.name} as {viewer.role_label}",
                    data={"person": viewer.person.pk},
                    at=at,
                )
    if viewer.owes_terms:
        accept_terms(viewer.actor(), partner_id=viewer.partner.id, person=viewer.person, version=terms_version, at=at)
