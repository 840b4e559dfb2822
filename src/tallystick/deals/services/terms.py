"""Which terms a registration is handled by: those of the rules in force when it was made, kept with it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tallystick.deals.engagement import RulesInForce, rules_in_force
from tallystick.deals.models import DealRegistration
from tallystick.deals.rules.terms import ApprovalTerms, ClockTerms, ProtectionTerms, Terms, read_terms
from tallystick.deals.rules.working_hours import WorkingCalendar
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


def terms_in_force(rules: RulesInForce, *, country: str, workspace: Workspace) -> Terms:
    """Return the terms that rules give to claims of a partner of a country."""
    engagement = rules.engagement
    clock = engagement.section(ClockTerms)
    return Terms(
        policy=rules.reference,
        answer_hours=engagement.answer_hours,
        protection_days=engagement.protection_days,
        calendar=clock.calendar_for(country, zone=workspace.time_zone),
        clock=clock,
        approval=engagement.section(ApprovalTerms),
        protection=engagement.section(ProtectionTerms),
    )


def calendar_for(country: str = "") -> WorkingCalendar:
    """Return the calendar by which a partner of a country is answered, or our own where none is named. Three queries.

    It is of the rules in force; what was started under older ones keeps theirs, see `terms_of`.
    """
    workspace = Workspace.objects.get(pk=current_workspace_id())
    return rules_in_force().engagement.section(ClockTerms).calendar_for(country, zone=workspace.time_zone)


def terms_of(registration: DealRegistration, *, zone: ZoneInfo | None = None) -> Terms:
    """Return the terms a registration was made under. `zone` is the workspace's, looked up where it is not given."""
    name = zone.key if zone is not None else Workspace.objects.get(pk=current_workspace_id()).time_zone
    return read_terms(registration.terms, zone=name)
