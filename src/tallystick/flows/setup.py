"""How far a new workspace has been set up: six things, none of which waits for another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from tallystick.attribution.uncredited import UncreditedWins, uncredited_wins
from tallystick.crm.models import Opportunity
from tallystick.partners.models import PartnerMembership
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry, Membership, SetupDismissal, Workspace
from tallystick.platform.tenancy import TenantModel, current_workspace_id
from tallystick.programmes.models import PlanVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupState:
    """What is there already; `uncredited` is what the CRM's own records say of partners without credit."""

    has_deals: bool
    has_partner_people: bool
    has_plan: bool
    has_colleagues: bool
    has_brand: bool
    gaps_were_settled: bool
    uncredited: UncreditedWins
    was_dismissed: bool

    @property
    def is_done(self) -> bool:
        """Tell whether all six things are done."""
        return all(
            (
                self.has_deals,
                self.has_partner_people,
                self.has_plan,
                self.has_colleagues,
                self.has_brand,
                self.gaps_were_settled,
            )
        )


def setup_state() -> SetupState:
    """Return how far the workspace in scope has been set up. Two queries at most, each stopping at the first row."""
    workspace_id = current_workspace_id()
    others = Membership.objects.filter(workspace_id=OuterRef("pk")).order_by("pk")[1:2]
    row = Workspace.objects.annotate(
        has_deals=_any(Opportunity),
        has_partner_people=_any(PartnerMembership),
        has_plan=Exists(PlanVersion.objects.filter(workspace_id=OuterRef("pk"), published_at__isnull=False)),
        has_colleagues=Exists(others),
        was_dismissed=_any(SetupDismissal),
    ).get(pk=workspace_id)
    uncredited = uncredited_wins() if row.has_deals and not row.was_dismissed else UncreditedWins()
    return SetupState(
        has_deals=row.has_deals,
        has_partner_people=row.has_partner_people,
        has_plan=row.has_plan,
        has_colleagues=row.has_colleagues,
        has_brand=bool(row.accent or row.logo_digest),
        gaps_were_settled=row.has_deals and not uncredited.count,
        uncredited=uncredited,
        was_dismissed=row.was_dismissed,
    )


def _any(model: type[TenantModel]) -> Exists:
    return Exists(model.objects.filter(workspace_id=OuterRef("pk")))


@transaction.atomic
def dismiss_setup(actor: Actor, *, at: datetime) -> None:
    """Put the set-up card away for everybody in the workspace in scope; a repeat changes nothing."""
    _, is_new = SetupDismissal.objects.get_or_create(
        workspace_id=current_workspace_id(), defaults={"dismissed_at": at, "dismissed_by_id": actor.person_id}
    )
    if is_new:
        _record(actor, verb="setup_dismissed", summary="The set-up card was put away", at=at)


@transaction.atomic
def show_setup(actor: Actor, *, at: datetime) -> None:
    """Show the set-up card again until all is done; a repeat changes nothing."""
    gone, _ = SetupDismissal.objects.all().delete()
    if gone:
        _record(actor, verb="setup_shown", summary="The set-up card is shown again", at=at)


def _record(actor: Actor, *, verb: str, summary: str, at: datetime) -> ActivityEntry:
    workspace_id = current_workspace_id()
    return record_activity(actor, verb=verb, subject_kind="workspace", subject_id=workspace_id, summary=summary, at=at)
