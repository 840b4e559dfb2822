"""A full page of rows stays small: sixty deals, partners and lines, of which a page shows fifty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tallystick.platform.models import Workspace
from tests.factories.console_world import TODAY, make_console_world
from tests.factories.people import browser_of, make_member
from tests.journeys.test_console_queries import make_more

pytestmark = pytest.mark.django_db

LARGEST_PAGE = 60_000
LARGEST_WITH_EVERY_COLUMN = 80_000
"""Fifty rows of fourteen cells are more than a usual page."""
EVERY_COLUMN = "account,partner,credit,amount,stage,next,due,protection,close,earned,owner,opened,kind,reference"
FULL_PAGES = (
    "/overview/",
    "/deals/",
    "/deals/?group=stage",
    "/deals/?view=all&q=deal&stage=Discovery&closes=next-month&group=owner&sort=-amount",
    "/attribution/",
    "/commissions/",
    "/commissions/?group=month",
    "/commissions/?state=held&group=state&sort=-amount",
    "/partners/",
)


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


def test_a_page_of_fifty_rows_is_small(workspace: Workspace) -> None:
    make_more(make_console_world(workspace), range(60))
    browser = browser_of(make_member(workspace, name="Anna Berg").person)
    weights = {address: len(browser.get(address).content) for address in FULL_PAGES}
    assert {address: weight for address, weight in weights.items() if weight > LARGEST_PAGE} == {}


def test_a_page_with_every_column_stays_bounded(workspace: Workspace) -> None:
    make_more(make_console_world(workspace), range(60))
    browser = browser_of(make_member(workspace, name="Anna Berg").person)
    page = browser.get(f"/deals/?view=all&group=stage&sort=-amount&columns={EVERY_COLUMN}").content
    assert page.count(b"<tr>") >= 50
    assert len(page) <= LARGEST_WITH_EVERY_COLUMN


def test_rows_carry_their_own_address_and_the_table_the_state_they_share(workspace: Workspace) -> None:
    world = make_console_world(workspace)
    make_more(world, range(60))
    browser = browser_of(make_member(workspace, name="Anna Berg").person)
    page = browser.get("/deals/?view=all&sort=account&page=2").content.decode()
    assert 'data-list="view=all&amp;sort=account" data-first="50"' in page
    assert f'href="/deals/{world.open.pk}/" data-sheet-link' in page
