"""A partner's admin asks the own team for a second factor; runs in the partner's scope."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction

from tallystick.partners.models import PartnerMembership, TeamSecondFactor
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.second_factor import MOST_GRACE_DAYS, GraceOutOfRange, holders_among
from tallystick.platform.tenancy import current_workspace_id, vendor_side


def team_second_factor(partner_id: int) -> TeamSecondFactor | None:
    """Return what a partner asks of its own team, if anything. One query."""
    return TeamSecondFactor.objects.filter(partner_id=partner_id).first()


def team_without_second_factor(partner_id: int) -> list[str]:
    """Return the names of the team's members who hold no second factor. Two queries."""
    team = PartnerMembership.objects.filter(partner_id=partner_id, accepted_at__isnull=False).select_related("person")
    people = [membership.person for membership in team.order_by("person__name", "person__email")]
    holders = holders_among(person.pk for person in people)
    return [str(person) for person in people if person.pk not in holders]


def asked_of_team_row(field: str) -> models.Subquery:
    """Return a field of the rule for a membership's partner, as an expression for a query; null where there is none."""
    rule = TeamSecondFactor.objects.filter(partner_id=models.OuterRef("partner_id"))
    return models.Subquery(rule.values(field)[:1])


@transaction.atomic
def require_of_team(actor: Actor, *, partner_id: int, grace_days: int, at: datetime) -> TeamSecondFactor:
    """Ask the whole team for a second factor, or give it other days of grace; the first day stays.

    Raises `GraceOutOfRange`.
    """
    if not 0 <= grace_days <= MOST_GRACE_DAYS:
        raise GraceOutOfRange
    rule, is_new = TeamSecondFactor.objects.get_or_create(
        partner_id=partner_id,
        defaults={
            "workspace_id": current_workspace_id(),
            "grace_days": grace_days,
            "required_since": at,
            "required_by_label": actor.label,
        },
    )
    if not is_new and rule.grace_days == grace_days:
        return rule
    if not is_new:
        rule.grace_days = grace_days
        rule.save(update_fields=["grace_days"])
    _record(
        actor,
        partner_id,
        f"The team is asked for a second factor, with {grace_days} days to set one up",
        {"required": True, "grace_days": grace_days},
        at,
    )
    return rule


@transaction.atomic
def stop_requiring_of_team(actor: Actor, *, partner_id: int, at: datetime) -> None:
    """Ask the team for no second factor any more; nothing happens where none was asked."""
    # A partner's side removes no rows; the vendor's does it for this one.
    with vendor_side():
        removed = TeamSecondFactor.objects.filter(partner_id=partner_id).delete()[0]
    if removed:
        _record(actor, partner_id, "The team is asked for no second factor any more", {"required": False}, at)


def _record(actor: Actor, partner_id: int, summary: str, data: dict[str, object], at: datetime) -> None:
    record_activity(
        actor,
        verb="team_second_factor_changed",
        subject_kind="partner",
        subject_id=partner_id,
        partner_id=partner_id,
        summary=summary,
        data=data,
        at=at,
    )
