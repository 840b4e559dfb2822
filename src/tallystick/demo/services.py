"""Commands that make the demo: build the two workspaces, keep them, or take them away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tallystick.demo.building import build
from tallystick.demo.cast import data
from tallystick.demo.chronicle import founded_at
from tallystick.demo.erasing import NotADemoError, erase_workspace
from tallystick.demo.notices import tell
from tallystick.demo.world import build_world
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.people import add_member, create_workspace, person_with
from tallystick.platform.tenancy import scope

OPERATOR = Actor.command("demo")


def demo_workspace(*, now: datetime, fresh: bool = False) -> Workspace:
    """Return the demo workspace, built as of `now` where there is none yet; `fresh` builds it anew.

    Raises `NotADemoError` where a workspace of real records has taken its name.
    """
    with transaction.atomic():
        known = Workspace.objects.filter(slug=data("cast")["workspace"]["slug"]).first()
        if known and not known.is_demo:
            raise NotADemoError(known)
        if known and not fresh:
            return known
        if known:
            erase_workspace(known)
        return create_demo_workspace(now=now)


@transaction.atomic
def empty_workspace(*, now: datetime) -> Workspace:
    """Return the empty workspace to start one's own in, with its admin; made where there is none yet."""
    entry, admin = data("cast")["empty_workspace"], data("cast")["empty_workspace_admin"]
    known = Workspace.objects.filter(slug=entry["slug"]).first()
    if known:
        return known
    workspace = create_workspace(OPERATOR, **entry)
    with scope(workspace_id=workspace.pk):
        add_member(OPERATOR, person=person_with(**admin), role=WorkspaceRole.ADMIN, at=now)
    return workspace


@transaction.atomic
def create_demo_workspace(*, now: datetime) -> Workspace:
    """Build the demo workspace as it stands at `now`, an aware instant: all of it, or nothing."""
    world = build_world(now=now)
    workspace = create_workspace(
        OPERATOR, **data("cast")["workspace"], fiscal_year_start=1, is_demo=True, at=founded_at(world.anchor)
    )
    with scope(workspace_id=workspace.pk):
        build(world, operator=OPERATOR)
        tell(now=now)
    return workspace
