"""What a page of the console asks of the database: a fixed number of queries, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.commissions.models import CommissionLine
from tallystick.crm.models import Account, Opportunity
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member
from tests.factories.revenue import credit, make_partner
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db

FRAME = 7
"""Queries of every request: session, person, scope, membership, and the place in the stream the badge counts by."""
OWN = {
    "overview": 40,
    "deals": 19,
    "attribution": 7,
    "gaps": 4,
    "commissions": 9,
    "approvals": 10,
    "statements": 7,
    "blocked": 5,
    "partners": 11,
    "imports": 2,
    "activity": 4,
}


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return sum("set_config" not in query["sql"] and "SAVEPOINT" not in query["sql"] for query in captured)


def make_more(world: ConsoleWorld, numbers: range) -> None:
    """Add deals, half of them credited, each with its own account, partner and commission line."""
    with scope(workspace_id=world.workspace.pk):
        for number in numbers:
            account = make_row(Account, name=f"Account {number:03}")
            deal = make_row(
                Opportunity,
                account=account,
                name=f"Deal {number:03}",
                stage="Discovery",
                status="open",
                currency="EUR",
                amount_minor=100_000 + number,
                opened_on=date(2026, 11, 2),
                close_on=date(2026, 12, 1),
            )
            partner = make_partner(f"Partner {number:03}")
            credit(deal, {partner: 1_000_000} if number % 2 else {})
            make_row(
                CommissionLine,
                partner=partner,
                invoice=world.line.invoice,
                invoice_line=world.line.invoice_line,
                decision=world.line.decision,
                plan=world.line.plan,
                event_kind="payment",
                base_currency="EUR",
                currency="EUR",
                booked_on=date(2026, 11, 3),
                reverses=None,
                explanation=world.line.explanation,
            )


def test_no_page_asks_more_of_the_database_when_there_are_more_rows(world: ConsoleWorld) -> None:
    browser = browser_of(make_member(world.workspace).person)
    make_more(world, range(5))
    browser.get(reverse("console:overview"))  # the first request of a session chooses its place
    few = {name: queries_of(browser, reverse(f"console:{name}")) for name in OWN}
    make_more(world, range(5, 60))
    many = {name: queries_of(browser, reverse(f"console:{name}")) for name in OWN}
    assert many == few
    assert {name: count - FRAME for name, count in many.items() if count > OWN[name] + FRAME} == {}


def test_a_figure_asks_no_more_of_the_database_when_there_are_more_rows(world: ConsoleWorld) -> None:
    browser = browser_of(make_member(world.workspace).person)
    browser.get(reverse("console:overview"))  # the first request of a session chooses its place
    addresses = [
        f"{reverse('console:figure', args=[figure])}?from=2026-10-01&to=2026-11-20"
        for figure in ("new_pipeline", "sourced_pipeline", "sourced_won")
    ]
    make_more(world, range(5))
    few = [queries_of(browser, address) for address in addresses]
    make_more(world, range(5, 60))
    assert [queries_of(browser, address) for address in addresses] == few
