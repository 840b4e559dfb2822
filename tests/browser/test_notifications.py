"""The bell, the list behind it and what one chooses, in a real browser: on a phone and a desk, in both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.platform.models import Notice, NoticeChoice, Person, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db(transaction=True)

Tab = Callable[..., Page]
PAGES = ("/notifications/", "/notifications/?view=all", "/settings/notifications/", "/settings/reminders/")


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    person = make_member(workspace, name="Anna Berg").person
    with scope(workspace_id=workspace.pk):
        for number, company in enumerate(("Cellvia", "Northgate")):
            make_row(
                Notice,
                person=person,
                position=number + 1,
                kind="decisions",
                title=f"{company}: approved",
                url="/settings/",
                at=TODAY - timedelta(hours=number),
            )
    return person


@pytest.fixture
def tab(browser: Browser, live_server: LiveServer, anna: Person) -> Iterator[Tab]:
    """Return a function that opens a tab in which Anna is signed in; it fails on any console error."""
    contexts = []
    errors: list[str] = []
    session = browser_of(anna).cookies[settings.SESSION_COOKIE_NAME].value

    def opened(*, width: int = 1440, scheme: str = "light") -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        contexts.append(context)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def test_opening_a_notification_reads_it_and_all_can_be_read_and_taken_back(tab: Tab) -> None:
    page = tab()
    page.goto("/settings/")
    page.get_by_role("link", name="Notifications, 2 unread").click()
    with page.expect_request("**/notifications/read/"):
        page.get_by_role("link", name="Cellvia: approved").click()
    page.wait_for_url("**/settings/")
    page.goto("/notifications/")
    expect(page.get_by_role("link", name="Notifications, 1 unread")).to_be_visible()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("heading", name="Nothing unread")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Northgate: approved")).to_be_visible()


def test_a_choice_is_kept_at_once_and_told(tab: Tab, workspace: Workspace) -> None:
    page = tab(width=390)
    page.goto("/settings/notifications/")
    page.get_by_label("Conflicts: E-mail at once").select_option("Off")
    expect(page.get_by_text("Conflicts, E-mail at once: Off.")).to_be_visible()
    with scope(workspace_id=workspace.pk):
        assert NoticeChoice.objects.get().reach == "off"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Conflicts: E-mail at once")).to_have_value("own")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_can_be_used_by_everyone(tab: Tab, width: int, scheme: str) -> None:
    page = tab(width=width, scheme=scheme)
    for address in PAGES:
        page.goto(address)
        assert [found["id"] for found in Axe().run(page).response["violations"]] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
