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
FULL_PAGES = (
    "/overview/",
    "/deals/",
    "/deals/?group=stage",
    "/attribution/",
    "/commissions/",
    "/commissions/?group=month",
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
