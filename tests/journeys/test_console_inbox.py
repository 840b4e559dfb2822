"""A partner manager's day in the inbox: what waits, most pressing first; decide, put off, give away, done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.crm.models import Import
from tallystick.deals.models import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.models import ActivityEntry, InboxMark, InboxSnooze, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db

INBOX = "/inbox/"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def priya(world: ConsoleWorld) -> Client:
    member = make_member(world.workspace, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair")
    return browser_of(member.person)


def words_of(browser: Client, address: str) -> str:
    """Return what a reader sees of a page, with all blanks as one."""
    page = browser.get(address)
    assert page.status_code == 200, address
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def badge(browser: Client) -> str:
    page = browser.get(INBOX).content.decode()
    found = re.search(r'href="/inbox/"[^>]*>.*?nav-count[^>]*>([\d,]+)<', page)
    return found[1] if found else ""


def key_of(world: ConsoleWorld) -> str:
    return f"registration:{world.claim.reference}"


def test_what_waits_is_grouped_by_kind_the_most_pressing_first(priya: Client) -> None:
    words = words_of(priya, INBOX)
    assert words.index("Registrations to decide") < words.index("Attribution gaps")
    assert "Decide Bluefin Diagnostics" in words
    assert "€40,000" in words


def test_each_role_sees_what_it_may_do_something_about(world: ConsoleWorld, priya: Client) -> None:
    assert "Unblock 2026-0042" not in words_of(priya, INBOX)
    finance = make_member(world.workspace, WorkspaceRole.FINANCE, email="graham@umbra.example")
    words = words_of(browser_of(finance.person), INBOX)
    assert "Unblock 2026-0042" in words
    assert "Mend opportunities.csv" in words
    assert "Decide Bluefin" not in words


def test_an_account_executive_has_an_empty_inbox_that_says_so(world: ConsoleWorld) -> None:
    member = make_member(world.workspace, WorkspaceRole.AE, email="tom@umbra.example")
    assert "Nothing else needs you" in words_of(browser_of(member.person), INBOX)


def test_a_registration_is_approved_from_its_row(priya: Client, world: ConsoleWorld) -> None:
    before = badge(priya)
    answer = priya.post(reverse("console:approve_item"), {"key": key_of(world), "back": "/inbox/?kind=registration"})
    assert answer.headers["Location"] == "/inbox/?kind=registration"
    with scope(workspace_id=world.workspace.pk):
        assert DealRegistration.objects.get(pk=world.claim.pk).state == "approved"
    assert "Decide Bluefin" not in words_of(priya, INBOX)
    assert int(badge(priya)) == int(before) - 1


def test_a_decision_in_the_sheet_leads_back_to_the_inbox(priya: Client, world: ConsoleWorld) -> None:
    page = priya.get(INBOX).content.decode()
    sheet = f"/deals/registrations/{world.claim.reference}/?from=inbox"
    assert f'data-r="{sheet}"' in page
    decline = reverse("console:decline", args=[world.claim.reference]) + "?from=inbox"
    answer = priya.post(decline, {"reason": "We met them in May."}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == INBOX


def test_an_address_outside_the_inbox_is_never_followed(priya: Client, world: ConsoleWorld) -> None:
    answer = priya.post(reverse("console:approve_item"), {"key": key_of(world), "back": "https://evil.example/"})
    assert answer.headers["Location"] == INBOX


def test_what_is_put_off_comes_back_on_its_day_and_waits_for_others_all_the_while(
    priya: Client, world: ConsoleWorld
) -> None:
    other = browser_of(make_member(world.workspace, email="helen@umbra.example").person)
    priya.post(reverse("console:put_item_off"), {"key": key_of(world), "until": "monday"})
    assert "Decide Bluefin" not in words_of(priya, INBOX)
    assert "until 23 Nov" in words_of(priya, f"{INBOX}?show=snoozed")
    assert "Decide Bluefin" in words_of(other, INBOX)
    with time_machine.travel(TODAY + timedelta(days=3)):
        assert "Decide Bluefin" in words_of(priya, INBOX)


def test_putting_off_can_be_taken_back(priya: Client, world: ConsoleWorld) -> None:
    priya.post(reverse("console:put_item_off"), {"key": key_of(world), "until": "tomorrow"})
    page = priya.get(INBOX).content.decode()
    undo = re.search(r'action="(/inbox/bring-back/[^"]+)"', page)
    assert undo is not None
    priya.post(unescape(undo[1]))
    assert "Decide Bluefin" in words_of(priya, INBOX)


@pytest.mark.parametrize("day", ["", "2026-11-01", "soon"])
def test_a_day_that_is_no_day_to_come_is_refused_and_nothing_is_put_off(
    priya: Client, world: ConsoleWorld, day: str
) -> None:
    answer = priya.post(reverse("console:put_item_off"), {"key": key_of(world), "day": day})
    assert answer.status_code == 422
    with scope(workspace_id=world.workspace.pk):
        assert not InboxSnooze.objects.exists()


def test_what_is_given_to_a_colleague_is_theirs_and_the_stream_tells(priya: Client, world: ConsoleWorld) -> None:
    helen = make_member(world.workspace, email="helen@umbra.example", name="Helen Marsh").person
    priya.post(reverse("console:assign_item"), {"key": key_of(world), "person": helen.pk})
    assert "Decide Bluefin" not in words_of(priya, INBOX)
    assert "Helen Marsh" in words_of(priya, f"{INBOX}?show=everyone")
    assert "Decide Bluefin" in words_of(browser_of(helen), INBOX)
    with scope(workspace_id=world.workspace.pk):
        told = ActivityEntry.objects.get(verb="inbox_item_assigned")
    assert told.summary == "Gave “Decide Bluefin Diagnostics” to Helen Marsh"


def test_nothing_is_given_to_a_stranger(priya: Client, world: ConsoleWorld, other_workspace: Workspace) -> None:
    stranger = make_member(other_workspace, email="eve@vesper.example").person
    answer = priya.post(reverse("console:assign_item"), {"key": key_of(world), "person": stranger.pk})
    assert answer.status_code == 422
    with scope(workspace_id=world.workspace.pk):
        assert not InboxMark.objects.exists()


def test_what_belongs_to_a_colleague_is_in_everybody_s_inbox_but_not_in_mine(
    priya: Client, world: ConsoleWorld
) -> None:
    owner = make_member(world.workspace, WorkspaceRole.PARTNER_MANAGER, email="omar@umbra.example").person
    with scope(workspace_id=world.workspace.pk):
        Partner.objects.update(manager=owner)
    assert "Decide Bluefin" not in words_of(priya, INBOX)
    assert "Decide Bluefin" in words_of(priya, f"{INBOX}?show=everyone")
    assert "Decide Bluefin" in words_of(browser_of(owner), INBOX)


def test_refused_rows_are_called_done_and_that_can_be_taken_back(world: ConsoleWorld) -> None:
    dana = browser_of(make_member(world.workspace, WorkspaceRole.REVOPS, email="dana@umbra.example").person)
    key = {"key": f"import:{world.batch.pk}"}
    dana.post(reverse("console:call_item_done"), key)
    assert "Mend opportunities.csv" not in words_of(dana, f"{INBOX}?show=everyone")
    dana.post(reverse("console:reopen_item"), key)
    assert "Mend opportunities.csv" in words_of(dana, f"{INBOX}?show=everyone")


def test_what_has_a_decision_of_its_own_is_not_called_done(priya: Client, world: ConsoleWorld) -> None:
    assert priya.post(reverse("console:call_item_done"), {"key": key_of(world)}).status_code == 404
    with scope(workspace_id=world.workspace.pk):
        assert not InboxMark.objects.exists()


def test_a_role_that_may_not_decide_acts_on_no_registration(world: ConsoleWorld) -> None:
    browser = browser_of(make_member(world.workspace, WorkspaceRole.AE, email="tom@umbra.example").person)
    assert browser.post(reverse("console:approve_item"), {"key": key_of(world)}).status_code == 403
    for name in ("put_item_off", "assign_item"):
        assert browser.post(reverse(f"console:{name}"), {"key": key_of(world), "until": "monday"}).status_code == 404
    with scope(workspace_id=world.workspace.pk):
        assert DealRegistration.objects.get(pk=world.claim.pk).state == "submitted"
        assert not InboxSnooze.objects.exists()


def test_search_and_kind_narrow_what_is_shown_and_can_be_cleared(priya: Client) -> None:
    assert "Attribution gaps" not in words_of(priya, f"{INBOX}?kind=registration").partition("What")[2]
    assert "Decide Bluefin" in words_of(priya, f"{INBOX}?q=bluefin")
    nothing = words_of(priya, f"{INBOX}?q=no-such-thing")
    assert "Nothing found" in nothing
    assert "Clear filters" in nothing


def test_the_overview_shows_the_top_of_the_same_list(priya: Client) -> None:
    words = words_of(priya, reverse("console:overview"))
    assert "Decide deal registrations Decide Bluefin Diagnostics · due in" in words
    assert "Open inbox" in words


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return sum("set_config" not in query["sql"] and "SAVEPOINT" not in query["sql"] for query in captured)


def test_the_inbox_asks_the_database_no_more_when_more_waits(world: ConsoleWorld) -> None:
    browser = browser_of(make_member(world.workspace).person)
    browser.get(INBOX)
    few = queries_of(browser, INBOX)
    with scope(workspace_id=world.workspace.pk):
        for number in range(30):
            make_row(
                Import,
                kind="opportunities",
                file_name=f"file-{number}.csv",
                state="done",
                rows_refused=3,
                started_at=datetime(2026, 11, 19, tzinfo=UTC),
            )
            make_row(
                DealRegistration,
                partner=world.partner,
                reference=f"DR-{number:04}",
                company=f"Company {number}",
                account_key=f"company-{number}",
                currency="EUR",
                submitted_at=TODAY,
                answer_due_at=TODAY + timedelta(days=2),
                protected_until=date(2026, 12, 1),
                state="submitted",
            )
    assert queries_of(browser, INBOX) == few
    assert few <= 30


def test_the_badge_costs_one_query_until_something_happens(priya: Client) -> None:
    priya.get("/activity/")
    with CaptureQueriesContext(connection) as captured:
        priya.get("/activity/")
    asked = [query["sql"] for query in captured if "deals_dealregistration" in query["sql"]]
    assert asked == []
