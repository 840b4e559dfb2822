"""Where a person may work: a workspace they are a member of, or a partner of one. A request happens in one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import models

from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS, VIEWED_AS_PARTNER
from tallystick.partners.models import GONE, Partner, PartnerMembership, PartnerRole
from tallystick.partners.team_second_factor import asked_of_team_row
from tallystick.partners.terms import agreed_version, newest_terms_version
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, PartnerSide, Viewer
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.notifications.reading import unread_of_row
from tallystick.platform.second_factor import asked_of_row, due_at
from tallystick.platform.tenancy import own_rows, person_scope, scope


@dataclass(frozen=True, slots=True)
class Place:
    """One membership that has been accepted; `partner_id` is set on the partner's side."""

    workspace_id: int
    workspace_name: str
    membership_id: int
    role_label: str
    partner_id: int | None = None
    partner_name: str = ""

    @property
    def key(self) -> str:
        """Return what a form and the session call this place."""
        return f"{'workspace' if self.partner_id is None else 'partner'}-{self.membership_id}"


def places_of(person: Person) -> tuple[Place, ...]:
    """Return where the person may work: workspaces by name, then partners. Pending invitations are no place yet."""
    with person_scope(person.pk):
        memberships = list(
            own_rows(Membership)
            .filter(accepted_at__isnull=False)
            .select_related("workspace")
            .order_by("workspace__name", "pk")
        )
        partner_memberships = list(
            own_rows(PartnerMembership)
            .filter(accepted_at__isnull=False)
            .select_related("workspace")
            .order_by("workspace__name", "pk")
        )
    at_vendors = [
        Place(row.workspace_id, row.workspace.name, row.pk, str(WorkspaceRole(row.role).label)) for row in memberships
    ]
    at_partners = (_at_partner(row) for row in partner_memberships)
    return (*at_vendors, *(place for place in at_partners if place is not None))


def viewer_at(place_key: str, *, workspace_id: int, partner_id: int | None, person: Person) -> Viewer | None:
    """Return the viewer for a place chosen earlier, or nothing where the membership has ended since.

    Call it in the scope of that workspace and partner: the membership is read afresh at each request.
    """
    membership_id = int(place_key.rpartition("-")[2])
    if partner_id is None:
        return _vendor_viewer(membership_id, workspace_id=workspace_id, person=person)
    return partner_viewer(membership_id, partner_id=partner_id, person_id=person.pk)


def second_factor_is_due(person: Person, *, at: datetime) -> bool:
    """Tell whether any place of the person asks for a second factor by now. A few queries a place: for sign-in only."""
    for place in places_of(person):
        with scope(workspace_id=place.workspace_id, partner_id=place.partner_id, person_id=person.pk):
            viewer = viewer_at(place.key, workspace_id=place.workspace_id, partner_id=place.partner_id, person=person)
        if viewer is not None and viewer.second_factor_due is not None and viewer.second_factor_due <= at:
            return True
    return False


def partner_viewer(membership_id: int, *, partner_id: int, person_id: int) -> Viewer | None:
    """Return the viewer of a membership of a partner, or nothing where it is not accepted or has ended. One query."""
    return _at_work(
        PartnerMembership.objects.filter(
            pk=membership_id, person_id=person_id, partner_id=partner_id, accepted_at__isnull=False
        )
    )


def pending_partner_viewer(membership_id: int, *, partner_id: int, person_id: int, at: datetime) -> Viewer | None:
    """Return who somebody will be once they accept an invitation that is still good, or nothing. One query."""
    return _at_work(
        PartnerMembership.objects.filter(
            pk=membership_id,
            person_id=person_id,
            partner_id=partner_id,
            accepted_at__isnull=True,
            invitation_expires_at__gt=at,
        )
    )


def _at_work(memberships: models.QuerySet[PartnerMembership]) -> Viewer | None:
    membership = (
        memberships.select_related("workspace", "partner", "person")
        .annotate(
            terms_now=newest_terms_version(),
            agreed_to=agreed_version(),
            unread=unread_of_row(partner="partner_id"),
            factor_since=asked_of_team_row("required_since"),
            factor_grace=asked_of_team_row("grace_days"),
        )
        .exclude(partner__lifecycle__in=GONE)
        .first()
    )
    if membership is None:
        return None
    role = PartnerRole(membership.role)
    return Viewer(
        person=membership.person,
        workspace=membership.workspace,
        role=role,
        role_label=str(role.label),
        permissions=PARTNER_ROLE_PERMISSIONS[role],
        partner=PartnerSide(membership.partner_id, membership.partner.name),
        unread_notices=membership.unread,
        owes_terms=membership.agreed_to < membership.terms_now,
        second_factor_due=due_at(
            required_since=membership.factor_since,
            joined_at=membership.accepted_at,
            grace_days=membership.factor_grace,
        ),
    )


def seen_as_partner(viewer: Viewer, *, partner_id: int) -> Viewer | None:
    """Return the viewer looking at the portal through a partner's eyes, able to change nothing.

    Nothing where the workspace in scope has no such partner.
    """
    partner = Partner.objects.filter(pk=partner_id).first()
    if partner is None:
        return None
    return replace(
        viewer,
        permissions=VIEWED_AS_PARTNER,
        partner=PartnerSide(partner.pk, partner.name),
        is_viewing_as_partner=True,
        unread_notices=0,
    )


def note_presence(place_key: str, *, workspace_id: int, at: datetime) -> None:
    """Keep when somebody was last at a place; a membership that has ended is left alone. One query."""
    side, _, membership_id = place_key.rpartition("-")
    model = Membership if side == "workspace" else PartnerMembership
    with scope(workspace_id=workspace_id):
        model.objects.filter(pk=int(membership_id)).update(last_seen_at=at)


def _vendor_viewer(membership_id: int, *, workspace_id: int, person: Person) -> Viewer | None:
    membership = (
        Membership.objects.select_related("workspace")
        .annotate(
            unread=unread_of_row(), factor_since=asked_of_row("required_since"), factor_grace=asked_of_row("grace_days")
        )
        .filter(pk=membership_id, person=person, workspace_id=workspace_id, accepted_at__isnull=False)
        .first()
    )
    if membership is None:
        return None
    role = WorkspaceRole(membership.role)
    return Viewer(
        person=person,
        workspace=membership.workspace,
        role=role,
        role_label=str(role.label),
        permissions=WORKSPACE_ROLE_PERMISSIONS[role],
        unread_notices=membership.unread,
        second_factor_due=due_at(
            required_since=membership.factor_since,
            joined_at=membership.accepted_at,
            grace_days=membership.factor_grace,
        ),
    )


def _at_partner(row: PartnerMembership) -> Place | None:
    workspace: Workspace = row.workspace
    with scope(workspace_id=row.workspace_id, partner_id=row.partner_id):
        partner = Partner.objects.exclude(lifecycle__in=GONE).filter(pk=row.partner_id).first()
    if partner is None:
        return None
    return Place(row.workspace_id, workspace.name, row.pk, str(PartnerRole(row.role).label), partner.pk, partner.name)
