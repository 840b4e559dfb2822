"""Who must have a second factor: a rule for each role of the vendor's people, and whether somebody holds one.

A passkey or an authenticator app counts. Nobody is asked until a workspace says so; then people have days to set one
up, counted from the rule or from the day they joined, whichever is later. Specified in docs/how-to/sign-in.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from allauth.mfa.models import Authenticator
from django.db import models, transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Membership, SecondFactorRule, WorkspaceRole
from tallystick.platform.tenancy import current_workspace_id

SUGGESTED: Final = frozenset({WorkspaceRole.ADMIN, WorkspaceRole.FINANCE})
"""They change who may do what, and approve money."""
SUGGESTED_GRACE_DAYS: Final = 14
MOST_GRACE_DAYS: Final = 90
_COUNTS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class GraceOutOfRange(ValueError):
    """Raised for days of grace below nil or above ninety."""

    def __init__(self) -> None:
        super().__init__(f"Days of grace are 0 to {MOST_GRACE_DAYS}.")


def due_at(*, required_since: datetime | None, joined_at: datetime | None, grace_days: int | None) -> datetime | None:
    """Return from when on somebody needs a second factor; None where none is asked of them."""
    if required_since is None or grace_days is None:
        return None
    return max(required_since, joined_at or required_since) + timedelta(days=grace_days)


def holders_among(person_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these people hold a second factor: a passkey or an authenticator app. One query."""
    held = Authenticator.objects.filter(user_id__in=list(person_ids), type__in=_COUNTS)
    return frozenset(held.values_list("user_id", flat=True))


def asked_of_row(field: str) -> models.Subquery:
    """Return a field of the rule for a membership's role, as an expression for a query; null where there is none."""
    return models.Subquery(SecondFactorRule.objects.filter(role=models.OuterRef("role")).values(field)[:1])


def second_factor_rules() -> dict[WorkspaceRole, SecondFactorRule]:
    """Return the rules of the workspace in scope by role. One query."""
    return {WorkspaceRole(rule.role): rule for rule in SecondFactorRule.objects.order_by("role")}


def members_by_role() -> dict[WorkspaceRole, list[Membership]]:
    """Return the members of the workspace in scope by role, by name. One query."""
    found: dict[WorkspaceRole, list[Membership]] = {role: [] for role in WorkspaceRole}
    members = Membership.objects.filter(accepted_at__isnull=False).select_related("person")
    for membership in members.order_by("person__name", "person__email"):
        found[WorkspaceRole(membership.role)].append(membership)
    return found


@transaction.atomic
def require_second_factor(actor: Actor, *, roles: Collection[WorkspaceRole], grace_days: int, at: datetime) -> bool:
    """Ask just these roles of the workspace in scope for a second factor; tell whether anything changed.

    A role that was asked already keeps the day it was asked on. Raises `GraceOutOfRange`.
    """
    if not 0 <= grace_days <= MOST_GRACE_DAYS:
        raise GraceOutOfRange
    before = second_factor_rules()
    wanted = frozenset(roles)
    changed = wanted != before.keys() or any(rule.grace_days != grace_days for rule in before.values())
    if not changed:
        return False
    SecondFactorRule.objects.exclude(role__in=wanted).delete()
    SecondFactorRule.objects.update(grace_days=grace_days)
    for role in sorted(wanted - before.keys()):
        SecondFactorRule.objects.create(
            workspace_id=current_workspace_id(), role=role, grace_days=grace_days, required_since=at
        )
    names = ", ".join(str(role.label) for role in WorkspaceRole if role in wanted)
    record_activity(
        actor,
        verb="second_factor_rule_changed",
        subject_kind="workspace",
        subject_id=current_workspace_id(),
        summary=f"A second factor is asked of {names or 'nobody'}",
        data={
            "roles": [sorted(before), sorted(wanted)],
            "grace_days": [[before[role].grace_days for role in sorted(before)], grace_days if wanted else None],
        },
        at=at,
    )
    return True
