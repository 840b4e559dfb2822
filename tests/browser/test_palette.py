"""The command palette in a real browser: by keyboard on a desk, by touch on a phone, without an axe violation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.platform.models import Workspace
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db(transaction=True)

Tab = Callable[..., Page]


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def tab(browser: Browser, live_server: LiveServer, world: ConsoleWorld) -> Iterator[Tab]:
    """Return a function that opens a tab in which an admin is signed in; it fails on any console error."""
    contexts, errors = [], []
    session = browser_of(make_member(world.workspace).person).cookies[settings.SESSION_COOKIE_NAME].value

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


def test_keys_open_it_choose_and_follow(tab: Tab, world: ConsoleWorld) -> None:
    page = tab()
    page.goto("/overview/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find a page")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Deals g d", exact=True)).to_be_visible()

    field.fill("northg")
    option = page.locator("#palette-options a", has_text="Northgate").first
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/deals/{world.open.pk}/**")

    page.keyboard.press("/")
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_contain_text("Northgate")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_arrows_walk_through_what_is_found_and_around(tab: Tab) -> None:
    page = tab()
    page.goto("/overview/")
    page.keyboard.press("Control+k")
    options = page.locator("#palette-options a")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_a_word_that_finds_nothing_says_so(tab: Tab) -> None:
    page = tab()
    page.goto("/overview/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a page").fill("zzzz")
    expect(page.locator("#palette-options")).to_contain_text("Nothing begins with “zzzz”")
    expect(page.locator("[data-palette-status]")).to_have_text("0 results")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_it_is_accessible_on_a_desk_and_on_a_phone(tab: Tab, width: int, scheme: str) -> None:
    page = tab(width=width, scheme=scheme)
    page.goto("/overview/")
    page.get_by_role("link", name="Search and commands").click()
    page.get_by_role("combobox", name="Find a page").fill("corv")
    expect(page.get_by_role("option", name="Corvid Consulting").first).to_be_visible()
    report = Axe().run(page, context="#palette")
    assert report.violations_count == 0, report.generate_report()
