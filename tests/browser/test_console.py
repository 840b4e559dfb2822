"""The console in a real browser: on a phone and a desk, light and dark, by keyboard, without a console error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.platform.models import Person, Workspace
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db(transaction=True)

Tab = Callable[..., Page]
LARGEST_PAGE = 60_000


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def anna(world: ConsoleWorld) -> Person:
    return make_member(world.workspace, name="Anna Berg").person


@pytest.fixture
def tab(browser: Browser, live_server: LiveServer, anna: Person) -> Iterator[Tab]:
    """Return a function that opens a tab in which Anna is signed in; it fails on any console error."""
    contexts = []
    errors: list[str] = []
    session = browser_of(anna).cookies[settings.SESSION_COOKIE_NAME].value

    def opened(*, width: int = 1440, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
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
    assert [error for error in errors if "422" not in error] == []


def addresses(world: ConsoleWorld) -> list[str]:
    return [
        "/overview/",
        "/overview/?show=amount&period=year",
        "/figures/sourced_pipeline/?from=2026-01-01&to=2026-11-20",
        "/deals/",
        "/deals/?group=stage",
        "/deals/?q=nothing+like+it",
        f"/deals/{world.won.pk}/",
        f"/deals/registrations/{world.claim.reference}/",
        "/attribution/",
        "/attribution/gaps/",
        "/attribution/policy/",
        "/commissions/",
        f"/commissions/lines/{world.line.pk}/",
        "/commissions/blocked/",
        "/commissions/statements/",
        f"/commissions/statements/{world.statement.pk}/",
        "/commissions/statements/issue/?month=2026-11",
        "/partners/",
        f"/partners/{world.partner.pk}/",
        "/imports/",
        "/imports/new/",
        f"/imports/{world.batch.pk}/",
        f"/imports/{world.batch.pk}/undo/",
        "/activity/",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_every_page_is_accessible_fits_the_screen_and_stays_small(
    tab: Tab, world: ConsoleWorld, width: int, scheme: str
) -> None:
    page = tab(width=width, scheme=scheme)
    for address in addresses(world):
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        assert len(response.body()) <= LARGEST_PAGE, address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
        report = Axe().run(page)
        assert report.violations_count == 0, f"{address}\n{report.generate_report()}"


def test_the_sheet_opens_beside_its_list_and_gives_the_focus_to_the_row_it_showed(
    tab: Tab, world: ConsoleWorld
) -> None:
    page = tab()
    page.goto("/deals/?view=all&sort=account")
    page.get_by_role("link", name="Cellvia").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", name="Cellvia")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    assert page.url.endswith(f"/deals/{world.won.pk}/?view=all&sort=account&at=1")

    page.keyboard.press("ArrowRight")
    expect(sheet.get_by_role("heading", name="Northgate")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("/deals/?view=all&sort=account")
    expect(page.get_by_role("link", name="Northgate")).to_be_focused()


def test_rows_are_walked_and_opened_by_keyboard(tab: Tab) -> None:
    page = tab()
    page.goto("/deals/?sort=account")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Cellvia")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Cellvia")).to_be_visible()


def test_the_slash_leads_to_the_search_and_enter_searches(tab: Tab) -> None:
    page = tab()
    page.goto("/deals/?view=all&credit=sourced")
    page.keyboard.press("/")
    page.keyboard.type("north")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=north**")
    expect(page.locator("tbody a.subject")).to_have_count(1)
    assert "credit=sourced" in page.url


def test_a_claim_is_declined_in_the_sheet_with_the_reason_kept_where_it_was_missing(
    tab: Tab, world: ConsoleWorld
) -> None:
    page = tab()
    page.goto("/deals/?view=needs-decision")
    page.get_by_role("link", name="Bluefin").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("Decline registration").click()
    sheet.get_by_role("button", name="Decline with this reason").click()
    expect(sheet.get_by_text("no registration is declined without a reason")).to_be_visible()
    assert Axe().run(page).violations_count == 0

    sheet.get_by_label("Reason").fill("We met them in May.")
    sheet.get_by_role("button", name="Decline with this reason").click()
    page.wait_for_url("**/deals/?view=needs-decision")
    expect(page.get_by_text(f"Declined {world.claim.reference}")).to_be_visible()


def test_the_lists_work_without_a_script(tab: Tab) -> None:
    page = tab(scripts=False)
    page.goto("/deals/")
    page.get_by_label("Account, deal or reference").fill("cellvia")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cellvia").click()
    expect(page.get_by_role("heading", level=1, name="Cellvia")).to_be_visible()
