"""The ecosystem map: marks that can be read and followed, a list beside it, what rests on whom, and white space."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.crm.models import Account, Opportunity
from tallystick.partners.models import Lifecycle, Partner, PartnerType, Tier
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

ADDRESS = "/ecosystem/"


@pytest.fixture(autouse=True)
def _it_is_november() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person)


def shown(client: Client, query: str = "") -> str:
    answer = client.get(ADDRESS + query)
    assert answer.status_code == 200
    return answer.content.decode()


def more_partners(workspace: Workspace, count: int) -> None:
    with scope(workspace_id=workspace.pk):
        for number in range(count):
            make_row(
                Partner,
                name=f"Partner {number:03}",
                type=list(PartnerType)[number % 12],
                lifecycle=Lifecycle.ACTIVE,
                tier=["", *Tier][number % 4],
                country="DE",
            )


def open_deals(workspace: Workspace, country: str, count: int) -> None:
    with scope(workspace_id=workspace.pk):
        for number in range(count):
            account = make_row(Account, name=f"{country} account {number}", country=country)
            make_row(
                Opportunity,
                account=account,
                status="open",
                stage="Discovery",
                kind="new",
                currency="EUR",
                amount_minor=1_000_000,
            )


def test_a_mark_says_what_it_stands_for_and_leads_to_the_partner_s_facts(world: ConsoleWorld, manager: Client) -> None:
    page = shown(manager)
    mark = re.search(r'<a class="map-node[^>]*href="([^"]+)" aria-label="([^"]+)"', page)
    assert mark is not None
    assert mark[1] == f"?partner={world.partner.pk}"
    assert mark[2].startswith(f"{world.partner.name}: ")
    assert "Won €12k" in mark[2]

    facts = shown(manager, mark[1])
    assert "€12,000.00" in facts
    assert reverse("console:partner", args=[world.partner.pk]) in facts


def test_the_list_shows_the_same_partners(world: ConsoleWorld, manager: Client) -> None:
    listed = shown(manager, "?view=list")
    assert world.partner.name in listed
    assert "<svg viewBox" not in listed


def test_of_many_partners_sixty_are_drawn_and_the_others_share_a_bubble(
    workspace: Workspace, world: ConsoleWorld, manager: Client
) -> None:
    more_partners(workspace, 84)

    page = shown(manager)
    assert page.count('class="map-node') == 65
    assert len(re.findall(r"\d+ more partners?:", page)) == 5
    assert "view=list&amp;family=resale" in page


def test_filters_stand_in_the_address(workspace: Workspace, world: ConsoleWorld, manager: Client) -> None:
    more_partners(workspace, 12)

    assert shown(manager, "?q=partner+003").count('class="map-node') == 1
    assert "No partner like that" in shown(manager, "?q=nobody")
    assert "of 13 partners" in shown(manager, "?family=referral")


def test_white_space_is_demand_where_no_partner_works_and_opens_to_its_deals(
    workspace: Workspace, world: ConsoleWorld, manager: Client
) -> None:
    open_deals(workspace, "Canada", 3)
    open_deals(workspace, "NO", 2)

    page = shown(manager)
    assert "No partner in Canada" in page
    assert "3 open deals worth €30k have no partner" in page
    assert "Norway" not in page
    assert "Canada account 2" in shown(manager, "?gap=CA")


def test_concentration_tells_what_rests_on_the_first(world: ConsoleWorld, manager: Client) -> None:
    assert re.search(r"The first partner.*?100%", shown(manager), re.DOTALL)


def test_a_workspace_without_partners_says_what_the_map_is_for(workspace: Workspace, manager: Client) -> None:
    assert "Nobody to draw yet" in shown(manager)


def test_the_map_takes_as_many_queries_for_ten_partners_as_for_a_hundred(
    workspace: Workspace, world: ConsoleWorld, manager: Client
) -> None:
    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            shown(manager)
        return len(captured)

    queries()
    before = queries()
    more_partners(workspace, 90)
    assert queries() == before <= 40


def test_another_workspace_s_partners_are_not_on_the_map(world: ConsoleWorld, other_workspace: Workspace) -> None:
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)
    page = shown(stranger, f"?partner={world.partner.pk}")
    assert world.partner.name not in page
