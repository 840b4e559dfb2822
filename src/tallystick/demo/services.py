"""Commands that make the demo: build the two workspaces, keep them, or take them away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tallystick.attribution.services import mark_opportunities
from tallystick.crm.models import Opportunity
from tallystick.demo.cast import data
from tallystick.demo.chronicle import Chronicle
from tallystick.demo.loading import Loader, record_imports
from tallystick.demo.world import World, build_world
from tallystick.flows.attribution import decide, load_touches
from tallystick.flows.settlement import accrue
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.people import create_workspace
from tallystick.platform.tenancy import scope

OPERATOR = Actor.command("demo")


@transaction.atomic
def create_demo_workspace(*, now: datetime) -> Workspace:
    """Build the demo workspace as it stands at `now`, an aware instant: all of it, or nothing."""
    world = build_world(now=now)
    workspace = create_workspace(OPERATOR, **data("cast")["workspace"], fiscal_year_start=1, is_demo=True)
    with scope(workspace_id=workspace.pk):
        _build(world)
    return workspace


def _build(world: World) -> None:
    chronicle = Chronicle(world, operator=OPERATOR)
    chronicle.employ()
    loader = Loader(world, imports=record_imports(world, reader=chronicle.people["revops"]))
    loader.load_companies()
    chronicle.live(iter(()))
    loader.load_deals()
    partner_ids = {name: partner.pk for name, partner in chronicle.partners.items()}
    load_touches(chronicle.by("revops"), new=loader.touches(partner_ids), at=world.now)
    mark_opportunities(Opportunity.objects.values_list("pk", flat=True))
    for _ in decide(OPERATOR, at=world.now):
        pass
    for _ in accrue(OPERATOR):
        pass
