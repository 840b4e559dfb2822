"""Fills a workspace with the made-up world, by the hands of the real services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick.attribution.services import load_touches, mark_opportunities
from tallystick.commissions.rules.seller_pay import PaidOn, PayRate
from tallystick.commissions.services import (
    approve_approval_run,
    check_seller_pay,
    issue_statements,
    mark_invoices,
    prepare_approval_runs,
    publish_seller_pay,
)
from tallystick.crm.rules.fields import Kind
from tallystick.crm.services.loading import run_import
from tallystick.crm.services.reading import FileRequest
from tallystick.demo import webinar
from tallystick.demo.chronicle import Chronicle, Moment, morning
from tallystick.demo.imports import batches, timetable
from tallystick.demo.leads import Leads
from tallystick.demo.loading import Loader
from tallystick.demo.portal import Portal
from tallystick.demo.world import World
from tallystick.flows.attribution import decide
from tallystick.flows.settlement import accrue
from tallystick.kernel.periods import Month
from tallystick.platform.actors import SYSTEM, Actor
from tallystick.platform.database.statistics import refresh_statistics
from tallystick.platform.tenancy import tenant_models

DAYS_TO_ISSUE = timedelta(days=2)
MONTHLY_DAYS = 400
QUARTER_STARTS = (1, 4, 7, 10)
SETTLING = timedelta(minutes=3)
"""What an export brought is decided and settled minutes after it was read."""
SINCE_WEBINAR_IMPORT = timedelta(hours=2)
PAY_TABLE_AGE = timedelta(days=60)


def build(world: World, *, operator: Actor) -> None:
    """Fill the workspace in scope with the world: live through its three years, one export after the other.

    The commissions of the last full month are left to be approved, and its statements to be issued, by whoever looks
    at the demo.
    """
    chronicle = Chronicle(world, operator=operator)
    chronicle.employ()
    times = timetable(world)
    loader = Loader(world, times=times, batches=batches(world, times=times), reader=chronicle.by("revops"))
    portal = Portal(world, chronicle=chronicle, loader=loader, times=times)
    chronicle.live(
        [
            *(Moment(at, partial(_read_exports, loader, chronicle)) for at in loader.instants),
            *portal.moments(),
            *Leads(world, chronicle=chronicle).moments(),
            Moment(world.now - SINCE_WEBINAR_IMPORT, partial(_import_webinar, world, chronicle)),
            *_settlements(world, chronicle, loader.instants),
        ]
    )
    refresh_statistics(tenant_models())


def _read_exports(loader: Loader, chronicle: Chronicle, at: datetime) -> None:
    touched = loader.load(at)
    partner_ids = {name: partner.pk for name, partner in chronicle.partners.items()}
    load_touches(chronicle.by("revops"), touches=loader.touches(at, partner_ids), at=at)
    mark_opportunities(touched.opportunities)
    mark_invoices(invoice_ids=touched.invoices)


def _settle(at: datetime) -> None:
    """Have everything that waits decided and settled, as the background job does."""
    for _ in decide(SYSTEM, at=at):
        pass
    for _ in accrue(SYSTEM, at=at):
        pass


def _settle_quarter(at: datetime) -> None:
    """Settle, then let PostgreSQL look at tables that grow within one transaction and whose rows it has never seen."""
    _settle(at)
    refresh_statistics(tenant_models())


def _publish_pay(chronicle: Chronicle, at: datetime) -> None:
    """Publish what sellers are paid: the same with a partner, but less of what a partner resells."""
    eight, six = Decimal(8), Decimal(6)
    rate = PayRate(seller="", product="", segment="", direct=eight, sourced=eight, influenced=eight, resale=six)
    publish_seller_pay(
        chronicle.by("finance"),
        rates=[rate],
        paid_on=PaidOn.AMOUNT,
        tolerance_percent=Decimal(0),
        reason="As in the pay plan of the year.",
        at=at,
    )


def _settle_and_compare_pay(at: datetime) -> None:
    _settle(at)
    check_seller_pay(at=at)


def _import_webinar(world: World, chronicle: Chronicle, at: datetime) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / webinar.FILE_NAME
        path.write_bytes(webinar.webinar_file(world.accounts, held_on=world.anchor - timedelta(days=3)))
        request = FileRequest(path=path, kind=Kind.SALES_ACTIVITIES, source=webinar.SOURCE)
        run_import(chronicle.by("revops"), request=request, at=at)


def _settlements(world: World, chronicle: Chronicle, exports: Sequence[datetime]) -> Iterator[Moment]:
    """Give when everything was decided and settled and statements issued: by quarter at first, later by month."""
    monthly_from = world.now - timedelta(days=MONTHLY_DAYS)
    open_month, last = Month.containing(exports[0].date()), Month.containing(world.anchor).plus(-1)
    for at in exports:
        day = at.date()
        if at < monthly_from and (day.day != 1 or day.month not in QUARTER_STARTS):
            continue
        yield Moment(at + SETTLING, _settle_quarter if at < monthly_from else _settle)
        while open_month < min(Month.containing(day), last):
            issued_at = morning(Month.containing(day).first_day + DAYS_TO_ISSUE)
            yield Moment(max(issued_at, at + 2 * SETTLING), partial(_issue_statements, chronicle, open_month))
            open_month = open_month.plus(1)
    prepared_at = morning(last.plus(1).first_day + DAYS_TO_ISSUE)
    if prepared_at < world.now:
        yield Moment(prepared_at, partial(_prepare_last_month, chronicle, last))
    yield Moment(world.now - PAY_TABLE_AGE, partial(_publish_pay, chronicle))
    yield Moment(world.now, _settle_and_compare_pay)


def _issue_statements(chronicle: Chronicle, month: Month, at: datetime) -> None:
    """Approve and issue a month, once what was approved since the last settling is decided too.

    Finance prepares, an admin approves, finance issues.
    """
    _settle(at)
    for run in prepare_approval_runs(chronicle.by("finance"), through=month.last_day, at=at):
        approve_approval_run(chronicle.by("admin"), run_id=run.pk, at=at)
    issue_statements(chronicle.by("finance"), month=month, at=at)


def _prepare_last_month(chronicle: Chronicle, month: Month, at: datetime) -> None:
    """Prepare the month that is over as an admin who stands in for finance: finance is to approve it."""
    _settle(at)
    prepare_approval_runs(chronicle.by("admin"), through=month.last_day, at=at)
