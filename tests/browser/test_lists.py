"""Lists in a real browser: rows selected, a field edited where it stands, decided by a key, back to the row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.deals.models import DealRegistration, OwnNextStep
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, world: ConsoleWorld) -> Iterator[Page]:
    """Return a tab in which an admin is signed in; it fails on any error of a script."""
    session = browser_of(make_member(world.workspace, name="Anna Berg").person).cookies[settings.SESSION_COOKIE_NAME]
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session.value, "url": live_server.url}])
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


def test_a_field_is_edited_by_key_kept_on_enter_and_left_on_escape(page: Page, world: ConsoleWorld) -> None:
    page.goto("/deals/?view=all&sort=account")
    row = page.locator("tbody tr", has_text="Cellvia")
    row.locator("a.subject").focus()
    page.keyboard.press("e")
    expect(row.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Never kept")
    page.keyboard.press("Escape")
    expect(row.get_by_text("Security review")).to_be_visible()

    page.keyboard.press("Enter")
    expect(row.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Call the lab")
    page.keyboard.press("Enter")
    expect(row.get_by_text("Call the lab")).to_be_visible()
    expect(row.get_by_text("ours")).to_be_visible()
    with scope(workspace_id=world.workspace.pk):
        assert [step.words for step in OwnNextStep.objects.all()] == ["Call the lab"]


def test_a_value_refused_keeps_the_input_with_the_reason_below(page: Page) -> None:
    page.goto("/partners/?view=all")
    page.locator("tbody [data-edit]", has_text="Active").click()
    row = page.locator("tbody tr", has_text="Corvid")
    row.get_by_role("combobox").select_option("prospect")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_text("cannot go from active to prospect")).to_be_visible()
    expect(row.get_by_role("combobox")).to_have_value("prospect")
    assert Axe().run(page).violations_count == 0


def test_rows_are_selected_by_key_and_declined_together_with_a_reason(page: Page, world: ConsoleWorld) -> None:
    page.goto("/deals/?view=needs-decision")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("Rows selected: 1")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Decline registrations").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("1 registration of 1 partner, worth")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    sheet.get_by_label("Reason").fill("We met them in May.")
    sheet.get_by_role("button", name="Decline registrations").click()
    page.wait_for_url("**/deals/?view=needs-decision")
    expect(page.get_by_text("Declined 1 registration.")).to_be_visible()
    with scope(workspace_id=world.workspace.pk):
        assert DealRegistration.objects.get(pk=world.claim.pk).decision_reason == "We met them in May."


def test_what_was_done_to_many_partners_is_taken_back_from_the_message(page: Page, world: ConsoleWorld) -> None:
    page.goto("/partners/?view=all")
    page.get_by_label("Select all rows of this page").check()
    page.get_by_role("button", name="Set manager").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Manager").select_option(label="Anna Berg")
    sheet.get_by_role("button", name="Set manager").click()
    row = page.locator("tbody tr", has_text="Corvid")
    expect(row.get_by_text("Anna Berg")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("as they were before")).to_be_visible()
    expect(row.get_by_text("Anna Berg")).to_have_count(0)


def test_columns_are_ordered_and_the_state_is_saved_as_a_view(page: Page) -> None:
    page.goto("/partners/?view=all")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Tier", exact=True).uncheck()
    page.get_by_role("button", name="Move down: Lifecycle").click()
    page.get_by_role("button", name="Show these columns").click()
    expect(page.locator("thead th").nth(2)).to_have_text("Manager")
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_label("Save this view as").fill("By manager")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("link", name="By manager")).to_have_attribute("aria-current", "page")
    expect(page.locator("thead th").nth(2)).to_have_text("Manager")
