"""The command palette: what each role finds, that nobody finds what they may not open, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.crm.models import Account, Opportunity
from tallystick.insights.search import RecordKind, found_records
from tallystick.platform.database.search import found_by_words
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member
from tests.factories.rows import make_row
from tests.journeys.portal_world import MARK, build_portal_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


def options(browser: Client, typed: str, *, side: str = "console") -> str:
    answer = browser.get(reverse(f"{side}:palette"), {"q": typed, "part": ""})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_beginning_of_any_word_finds_a_deal_its_account_and_its_partner(world: ConsoleWorld) -> None:
    anna = browser_of(make_member(world.workspace).person)

    found = options(anna, "cellv")
    assert reverse("console:deal", args=[world.won.pk]) in found
    assert reverse("console:partner", args=[world.partner.pk]) in options(anna, "consul corv")
    assert reverse("console:registration", args=[world.claim.reference]) in options(anna, world.claim.reference)
    assert reverse("console:statement", args=[world.statement.pk]) in options(anna, world.statement.number)


def test_a_word_in_the_middle_of_a_word_finds_nothing(world: ConsoleWorld) -> None:
    anna = browser_of(make_member(world.workspace).person)
    assert "Nothing begins with “ellvia”" in options(anna, "ellvia")


def test_nothing_typed_offers_the_pages_and_actions_of_the_role(world: ConsoleWorld) -> None:
    admin = options(browser_of(make_member(world.workspace).person), "")
    seller = make_member(world.workspace, WorkspaceRole.AE, email="ae@umbra.example").person
    ae = options(browser_of(seller), "")

    assert "Issue statements" in admin
    assert "Import a file" in admin
    assert "Issue statements" not in ae
    assert "Import a file" not in ae
    assert reverse("console:commissions") not in ae


def test_a_role_without_money_finds_no_statement(world: ConsoleWorld) -> None:
    seller = make_member(world.workspace, WorkspaceRole.AE, email="ae@umbra.example").person
    assert reverse("console:statement", args=[world.statement.pk]) not in options(
        browser_of(seller), world.statement.number
    )


def test_looking_as_a_partner_is_offered_to_those_who_may(world: ConsoleWorld) -> None:
    seller = make_member(world.workspace, WorkspaceRole.AE, email="ae@umbra.example").person
    assert "View as Corvid Consulting" in options(browser_of(make_member(world.workspace).person), "corvid")
    assert "View as" not in options(browser_of(seller), "corvid")


def test_a_partner_finds_its_own_deals_and_nothing_else(workspace: Workspace) -> None:
    portal = build_portal_world(workspace, at=datetime(2026, 10, 14, 12, tzinfo=UTC))
    zoe = browser_of(portal.seller.person)

    assert reverse("portal:credited_deal", args=[portal.won_deal.pk]) in options(zoe, "orchid", side="portal")
    assert MARK not in options(zoe, MARK.lower(), side="portal").replace(f"“{MARK.lower()}”", "")
    assert zoe.get(reverse("console:palette"), {"q": "orchid"}).status_code == 404


def test_the_search_functions_know_workspace_and_side(world: ConsoleWorld, other_workspace: Workspace) -> None:
    with scope(workspace_id=world.workspace.pk):
        assert found_by_words(Opportunity, "cellvia") == [world.won.pk]
        with connection.cursor() as cursor:
            # Whoever may call the function, it answers for the workspace in scope alone.
            cursor.execute(
                "SELECT tallystick_found_in_crm_opportunity(%s::tsquery, 10)", [f"'{other_workspace.pk}.cellvia':*"]
            )
            assert cursor.fetchall() == []
    with scope(workspace_id=other_workspace.pk):
        assert found_by_words(Opportunity, "cellvia") == []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tallystick_found_in_crm_opportunity(%s::tsquery, 10)", [f"'{world.workspace.pk}.cellvia':*"]
            )
            assert cursor.fetchall() == []
    with scope(workspace_id=world.workspace.pk, partner_id=world.partner.pk), connection.cursor() as cursor:
        assert found_by_words(Account, "cellvia") == []
        cursor.execute(
            "SELECT tallystick_found_in_crm_opportunity(%s::tsquery, 10)", [f"'{world.workspace.pk}.cellvia':*"]
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("typed", ["", " ", "-", "'", "a", "%", "&|!()", "x" * 500, "\0"])
def test_whatever_is_typed_the_palette_answers(world: ConsoleWorld, typed: str) -> None:
    options(browser_of(make_member(world.workspace).person), typed)


def test_without_a_script_the_palette_is_a_page(world: ConsoleWorld) -> None:
    anna = browser_of(make_member(world.workspace).person)
    page = anna.get(reverse("console:palette"), {"q": "cellvia"}).content.decode()
    assert "<h1" in page
    assert reverse("console:deal", args=[world.won.pk]) in page


def test_a_search_takes_as_many_queries_for_many_rows_as_for_few(world: ConsoleWorld) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured, scope(workspace_id=world.workspace.pk):
            found_records("cellvia", kinds=list(RecordKind))
        return len(captured)

    few = queries()
    with scope(workspace_id=world.workspace.pk):
        for number in range(20):
            account = make_row(Account, name=f"Cellvia {100 + number}")
            make_row(Opportunity, account=account, name=f"Cellvia {100 + number}: LIMS", stage="Discovery")
    assert queries() == few
    assert few <= 16


def test_a_filter_with_many_partners_shows_the_first_and_finds_the_others(world: ConsoleWorld) -> None:
    from tests.factories.revenue import make_partner

    anna = browser_of(make_member(world.workspace).person)
    with scope(workspace_id=world.workspace.pk):
        last = [make_partner(f"Partner {number:03}") for number in range(60)][-1]

    page = anna.get(reverse("console:commissions")).content.decode()
    assert page.count("?partner=") <= 20
    assert "Partner 059" not in page
    found = anna.get(reverse("console:choices", args=["partner"]), {"find": "ner 059", "month": "2026-10"})
    assert f'href="?month=2026-10&amp;partner={last.pk}"' in found.content.decode()
    narrowed = anna.get(reverse("console:commissions"), {"partner": last.pk}).content.decode()
    assert "Partner 059" in narrowed
