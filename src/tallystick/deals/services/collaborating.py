"""Adds people to a deal or a lead and takes them off again. Each side adds and removes its own people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tallystick.crm.models import Opportunity
from tallystick.deals.models import Collaborator, DealRegistration, Lead, MessageSide
from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import PartnerMembership, PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Membership, Person, WorkspaceRole
from tallystick.platform.tenancy import current_scope, current_workspace_id, vendor_side


class CollaboratorRefused(ValueError):
    """The person cannot be added; the message says why."""


@dataclass(frozen=True, slots=True)
class WorkedOn:
    """What people work on: a registration, an opportunity or a lead, by its row."""

    row: DealRegistration | Opportunity | Lead

    @property
    def kind(self) -> str:
        """Return what the activity stream calls it."""
        match self.row:
            case DealRegistration():
                return "deal_registration"
            case Opportunity():
                return "opportunity"
            case Lead():
                return "lead"

    @property
    def by(self) -> dict[str, Any]:
        """Return the column of a collaborator that names it."""
        match self.row:
            case DealRegistration():
                return {"registration_id": self.row.pk}
            case Opportunity():
                return {"opportunity_id": self.row.pk}
            case Lead():
                return {"lead_id": self.row.pk}

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.row.name if isinstance(self.row, Opportunity) else f"{self.row.reference} {self.row.company}"

    @property
    def partner_id(self) -> int | None:
        """Return whose it is, where one partner's."""
        return None if isinstance(self.row, Opportunity) else self.row.partner_id

    def needs(self, side: MessageSide) -> Permission:
        """Return what a person must be allowed to see to work on it."""
        is_lead = isinstance(self.row, Lead)
        if side is MessageSide.VENDOR:
            return Permission.SEE_LEADS if is_lead else Permission.SEE_DEALS
        return Permission.SEE_OWN_LEADS if is_lead else Permission.SEE_OWN_DEALS


def collaborators_on(work: WorkedOn) -> list[Collaborator]:
    """Return who was added, the vendor's people last. One query."""
    rows = Collaborator.objects.filter(**work.by).select_related("person")
    return list(rows.order_by("side", "person__name", "pk"))


def people_to_add(work: WorkedOn, side: MessageSide) -> list[Person]:
    """Return the people of a side who may see it and are not on it, by name. Two queries."""
    on_it = {row.person_id for row in Collaborator.objects.filter(**work.by)}
    return [person for person in _people(work, side) if person.pk not in on_it]


@transaction.atomic
def add_collaborator(actor: Actor, *, work: WorkedOn, side: MessageSide, person_id: int, at: datetime) -> Collaborator:
    """Add somebody of the actor's own side; who is on it already stays so.

    Raises `CollaboratorRefused` for somebody who is not of that side, or whose role sees no such thing.
    """
    person = next((known for known in _people(work, side) if known.pk == person_id), None)
    if person is None:
        raise CollaboratorRefused("Choose somebody of your own side whose role sees it.")
    row, is_new = Collaborator.objects.get_or_create(
        **work.by,
        person=person,
        defaults={
            "workspace_id": current_workspace_id(),
            "partner_id": work.partner_id or current_scope().partner_id,
            "side": side,
            "added_at": at,
            "added_by_label": actor.label,
        },
    )
    if is_new:
        _record(actor, work, row, verb="collaborator_added", words=f"{person} was added to {work.name}", at=at)
    return row


@transaction.atomic
def remove_collaborator(actor: Actor, *, work: WorkedOn, side: MessageSide, collaborator_id: int, at: datetime) -> None:
    """Take somebody of the actor's own side off. Raises `Collaborator.DoesNotExist`."""
    row = Collaborator.objects.select_related("person").get(pk=collaborator_id, side=side, **work.by)
    words = f"{row.person} was taken off {work.name}"
    _record(actor, work, row, verb="collaborator_removed", words=words, at=at)
    # A partner's side deletes nothing by itself; whose colleague it is, was asked before.
    with vendor_side():
        row.delete()


def _people(work: WorkedOn, side: MessageSide) -> list[Person]:
    needed = work.needs(side)
    if side is MessageSide.VENDOR:
        seeing = [role for role in WorkspaceRole if needed in WORKSPACE_ROLE_PERMISSIONS[role]]
        members = Membership.objects.filter(role__in=seeing, accepted_at__isnull=False, person__is_active=True)
        return [row.person for row in members.select_related("person").order_by("person__name", "pk")]
    partner_id = work.partner_id or current_scope().partner_id
    if partner_id is None:
        return []
    theirs = [role for role in PartnerRole if needed in PARTNER_ROLE_PERMISSIONS[role]]
    team = PartnerMembership.objects.filter(
        partner_id=partner_id, role__in=theirs, accepted_at__isnull=False, person__is_active=True
    )
    return [row.person for row in team.select_related("person").order_by("person__name", "pk")]


def _record(actor: Actor, work: WorkedOn, row: Collaborator, *, verb: str, words: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind=work.kind,
        subject_id=work.row.pk,
        summary=words,
        data={"person": row.person_id, "side": row.side},
        partner_id=row.partner_id,
        at=at,
    )
