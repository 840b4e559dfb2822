"""Commands on the workspace itself: what it is called, how it counts money and time, which language it speaks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from tallystick.kernel.currencies import exponent
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceDetails:
    """What a workspace says of itself; `fiscal_year_start` is a month, 1 to 12, `language` may be empty."""

    name: str
    currency: str
    time_zone: str
    fiscal_year_start: int
    language: str


class CurrencyLocked(ValueError):
    """Raised where facts in the workspace's currency stand already: another one would give them another worth."""


def details_of(workspace: Workspace) -> WorkspaceDetails:
    """Return what a workspace says of itself now."""
    return WorkspaceDetails(
        name=workspace.name,
        currency=workspace.currency,
        time_zone=workspace.time_zone,
        fiscal_year_start=workspace.fiscal_year_start,
        language=workspace.language,
    )


@transaction.atomic
def change_workspace(actor: Actor, *, details: WorkspaceDetails, currency_is_locked: bool, at: datetime) -> Workspace:
    """Change the workspace in scope; what stays the same is not recorded. Raises `CurrencyLocked`, `UnknownCurrency`.

    Whoever calls it knows whether facts hold the currency (`flows.workspaces`).
    """
    exponent(details.currency)
    workspace = Workspace.objects.select_for_update().get(pk=current_workspace_id())
    before, after = asdict(details_of(workspace)), asdict(details)
    changed = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    if "currency" in changed and currency_is_locked:
        raise CurrencyLocked(workspace.currency)
    if not changed:
        return workspace
    for name, value in after.items():
        setattr(workspace, name, value)
    workspace.save(update_fields=list(changed))
    record_activity(
        actor,
        verb="workspace_changed",
        subject_kind="workspace",
        subject_id=workspace.pk,
        summary=f"The workspace was changed: {', '.join(name.replace('_', ' ') for name in changed)}",
        data={"changed": changed},
        at=at,
    )
    return workspace
