"""What may change about a workspace once business has begun in it, and what begins with a new one."""

from __future__ import annotations

from datetime import datetime

from tallystick.crm.models import Invoice, Opportunity, Product, Subscription
from tallystick.deals.models import DealRegistration
from tallystick.platform import workspaces
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.workspaces import WorkspaceDetails
from tallystick.programmes.models import PlanVersion

_IN_MONEY = (Opportunity, Invoice, Subscription, Product, DealRegistration, PlanVersion)


def currency_is_locked() -> bool:
    """Tell whether something in the workspace in scope is counted in money already; then its currency stays."""
    return any(model.objects.exists() for model in _IN_MONEY)


def change_workspace(actor: Actor, *, details: WorkspaceDetails, at: datetime) -> Workspace:
    """Change the workspace in scope; see `platform.workspaces.change_workspace`."""
    return workspaces.change_workspace(actor, details=details, currency_is_locked=currency_is_locked(), at=at)
