"""Fills a workspace with the made-up world, by the hands of the real services."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick.attribution.services import load_touches, mark_opportunities
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.services import issue_statements
from tallystick.crm.models import Opportunity
from tallystick.crm.rules.fields import Kind
from tallystick.crm.services.loading import run_import
from tallystick.crm.services.reading import FileRequest
from tallystick.demo import webinar
from tallystick.demo.chronicle import Chronicle, Moment, morning
from tallystick.demo.imports import batches, timetable
from tallystick.demo.loading import Loader
from tallystick.demo.portal import Portal
from tallystick.demo.world import World
from tallystick.flows.attribution import decide
from tallystick.flows.settlement import accrue
from tallystick.kernel.periods import Month
from tallystick.platform.actors import Actor

DAYS_TO_ISSUE = timedelta(days=2)


def build(world: World, *, operator: Actor) -> None:
    """Fill the workspace in scope with the world: live through it, then decide, settle and issue statements."""
    chronicle = Chronicle(world, operator=operator)
    chronicle.employ()
    times = timetable(world)
    loader = Loader(world, times=times, batches=batches(world, times=times), reader=chronicle.by("revops"))
    portal = Portal(world, chronicle=chronicle, loader=loader, times=times)
    exports = (Moment(at, partial(_read_exports, loader, chronicle)) for at in loader.instants)
    attendance = Moment(world.now - timedelta(hours=2), partial(_import_webinar, world, chronicle))
    chronicle.live([*exports, *portal.moments(), attendance])
    _settle(operator, chronicle, world)


def _read_exports(loader: Loader, chronicle: Chronicle, at: datetime) -> None:
    loader.load(at)
    partner_ids = {name: partner.pk for name, partner in chronicle.partners.items()}
    load_touches(chronicle.by("revops"), touches=loader.touches(at, partner_ids), at=at)


def _import_webinar(world: World, chronicle: Chronicle, at: datetime) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / webinar.FILE_NAME
        path.write_bytes(webinar.webinar_file(world.accounts, held_on=world.anchor - timedelta(days=3)))
        request = FileRequest(path=path, kind=Kind.SALES_ACTIVITIES, source=webinar.SOURCE)
        run_import(chronicle.by("revops"), request=request, at=at)


def _settle(operator: Actor, chronicle: Chronicle, world: World) -> None:
    """Have every opportunity decided, every invoice settled and the statements issued but for the last full month's.

    That month is left to be issued by whoever looks at the demo.
    """
    mark_opportunities(Opportunity.objects.values_list("pk", flat=True))
    for _ in decide(operator, at=world.now):
        pass
    for _ in accrue(operator):
        pass
    first_line = CommissionLine.objects.order_by("booked_on").first()
    month, last = Month.containing(first_line.booked_on if first_line else world.anchor), Month.containing(world.anchor)
    while month < last.plus(-1):
        issue_statements(chronicle.by("finance"), month=month, at=morning(month.plus(1).first_day + DAYS_TO_ISSUE))
        month = month.plus(1)
