"""The inbox by keyboard: the decision and putting off open beside the list, and what is put off can be brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.platform.models import Workspace, WorkspaceRole
from tests.factories.console_world import TODAY, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, workspace: Workspace) -> Iterator[Page]:
    """A tab in which a partner manager is signed in and looks at the inbox."""
    make_console_world(workspace)
    priya = make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair").person
    session = browser_of(priya).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    opened = context.new_page()
    opened.goto("/inbox/")
    yield opened
    context.close()


def test_a_decision_opens_beside_the_list_by_key_and_closing_stays_in_the_inbox(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_role("dialog").get_by_role("button", name="Approve registration")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/inbox/$"))


def test_what_is_put_off_by_key_leaves_the_list_and_the_toast_brings_it_back(page: Page) -> None:
    row = page.get_by_role("link", name="Decide Bluefin Diagnostics", exact=True)
    expect(row).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_role("button", name="Tomorrow").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
