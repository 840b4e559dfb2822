"""Commands on workspaces and the vendor's people in them: create, change a role, remove. Invitations are beside."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from tallystick.kernel.currencies import exponent
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import current_workspace_id, scope


class LastAdmin(ValueError):
    """Raised when a change would leave a workspace without an admin; name another one first."""

    def __init__(self) -> None:
        super().__init__("This is the workspace's only admin. Give the role to someone else first.")


@transaction.atomic
def create_workspace(
    actor: Actor,
    *,
    slug: str,
    name: str,
    currency: str,
    time_zone: str = "UTC",
    fiscal_year_start: int = 1,
    is_demo: bool = False,
    at: datetime | None = None,
) -> Workspace:
    """Create an empty workspace with its reporting currency (ISO 4217) and the time zone its dates are taken in.

    `fiscal_year_start` is a month, 1 to 12. Raises `UnknownCurrency`, and `IntegrityError` where the slug is taken.
    """
    exponent(currency)
    workspace = Workspace.objects.create(
        slug=slug,
        name=name,
        currency=currency,
        time_zone=time_zone,
        fiscal_year_start=fiscal_year_start,
        is_demo=is_demo,
    )
    with scope(workspace_id=workspace.pk):
        record_activity(
            actor,
            verb="workspace_created",
            subject_kind="workspace",
            subject_id=workspace.pk,
            summary=f"Workspace {name} was created",
            data={"slug": slug, "currency": currency, "time_zone": time_zone},
            at=at,
        )
    return workspace


def person_with(*, email: str, name: str = "") -> Person:
    """Return the person with this e-mail address, whatever its case; one who is new is added with the name.

    People are global: a name that somebody already goes by is left alone.
    """
    person, _ = Person.objects.get_or_create(
        email=email.strip().lower(), defaults={"name": name, "password": make_password(None)}
    )
    return person


@transaction.atomic
def add_member(actor: Actor, *, person: Person, role: WorkspaceRole, at: datetime) -> Membership:
    """Make a person a member of the workspace in scope without an invitation: for operators and the demo."""
    membership = Membership.objects.create(
        workspace_id=current_workspace_id(), person=person, role=role, invited_at=at, accepted_at=at
    )
    record_activity(
        actor,
        verb="member_added",
        subject_kind="membership",
        subject_id=membership.pk,
        summary=f"{person} was added as {role.label}",
        data={"person": person.pk, "role": role.value},
        at=at,
    )
    return membership


@transaction.atomic
def change_role(actor: Actor, *, membership_id: int, role: WorkspaceRole) -> Membership:
    """Give a member of the workspace in scope another role; it holds from that person's next request on.

    Raises `Membership.DoesNotExist`, and `LastAdmin` where the only admin would step down.
    """
    membership = _membership_for_change(membership_id)
    before = WorkspaceRole(membership.role)
    if before is role:
        return membership
    if before is WorkspaceRole.ADMIN:
        _require_another_admin(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record_activity(
        actor,
        verb="member_role_changed",
        subject_kind="membership",
        subject_id=membership.pk,
        summary=f"{membership.person} went from {before.label} to {role.label}",
        data={"person": membership.person_id, "from": before.value, "to": role.value},
    )
    return membership


@transaction.atomic
def remove_member(actor: Actor, *, membership_id: int, reason: str = "") -> None:
    """Take a member, or someone only invited, out of the workspace in scope; the next request finds them gone.

    What they did stays, under their name. Raises `Membership.DoesNotExist`, and `LastAdmin` for the only admin.
    """
    membership = _membership_for_change(membership_id)
    if membership.role == WorkspaceRole.ADMIN:
        _require_another_admin(membership)
    person = membership.person
    membership.delete()
    record_activity(
        actor,
        verb="member_removed",
        subject_kind="membership",
        subject_id=membership_id,
        summary=f"{person} was removed from the workspace",
        data={"person": person.pk, "role": membership.role, "reason": reason},
    )


def _membership_for_change(membership_id: int) -> Membership:
    # Every admin's row is locked with it, so that two admins cannot remove each other at the same time.
    admins = Membership.objects.filter(role=WorkspaceRole.ADMIN).order_by("pk").select_for_update()
    list(admins.values_list("pk", flat=True))
    return Membership.objects.select_related("person").select_for_update(of=("self",)).get(pk=membership_id)


def _require_another_admin(membership: Membership) -> None:
    others = Membership.objects.filter(role=WorkspaceRole.ADMIN, accepted_at__isnull=False).exclude(pk=membership.pk)
    if membership.accepted_at is not None and not others.exists():
        raise LastAdmin
