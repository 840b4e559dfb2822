"""Working with partners in a real browser: a conversation on a phone, the ecosystem map by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.platform.models import Person, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db(transaction=True)

TabOf = Callable[..., Page]


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def anna(world: ConsoleWorld) -> Person:
    return make_member(world.workspace, name="Anna Berg").person


@pytest.fixture
def seller(world: ConsoleWorld) -> Person:
    return make_partner_person(world.partner, email="lee@corvid.example", name="Lee Wong").person


@pytest.fixture
def tab_of(browser: Browser, live_server: LiveServer) -> Iterator[TabOf]:
    """Return a function that opens a tab in which somebody is signed in; it fails on any console error but a 422."""
    contexts = []
    errors: list[str] = []

    def opened(person: Person, *, width: int = 1440, scheme: str = "light") -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=width < 500,
        )
        contexts.append(context)
        session = browser_of(person).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [error for error in errors if "422" not in error] == []


def test_a_seller_asks_on_a_phone_and_the_manager_answers_in_the_console(
    tab_of: TabOf, world: ConsoleWorld, seller: Person, anna: Person, tmp_path: Path
) -> None:
    bad, good = tmp_path / "run.exe", tmp_path / "offer.pdf"
    bad.write_bytes(b"MZ\x90\x00")
    good.write_bytes(b"%PDF-1.7 offer")
    with scope(workspace_id=world.workspace.pk):
        reference = world.claim.reference
    phone = tab_of(seller, width=390)
    phone.goto(f"/portal/deals/{reference}/")
    phone.get_by_label("Message", exact=True).fill("Any news about the review?")
    phone.get_by_label("Attach files").set_input_files(bad)
    phone.get_by_role("button", name="Send message").tap()
    expect(phone.get_by_text("run.exe is not of a kind")).to_be_visible()
    expect(phone.get_by_label("Message", exact=True)).to_have_value("Any news about the review?")

    phone.get_by_label("Attach files").set_input_files(good)
    phone.get_by_role("button", name="Send message").tap()
    expect(phone.get_by_role("log").get_by_text("Any news about the review?")).to_be_visible()
    expect(phone.get_by_role("log").get_by_text("offer.pdf")).to_be_visible()
    expect(phone.get_by_label("Message", exact=True)).to_have_value("")
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    desk = tab_of(anna)
    desk.goto(f"/deals/registrations/{reference}/")
    expect(desk.get_by_text("waits for an answer")).to_be_visible()
    desk.get_by_label("Message", exact=True).fill("They pay late")
    desk.get_by_role("button", name="Keep as internal note").click()
    expect(desk.get_by_role("log").get_by_text("They pay late")).to_be_visible()
    expect(desk.get_by_text("waits for an answer")).to_be_visible()
    desk.get_by_label("Message", exact=True).fill("On Monday")
    desk.get_by_role("button", name="Send to partner").click()
    expect(desk.get_by_role("log").get_by_text("On Monday")).to_be_visible()
    expect(desk.get_by_text("waits for an answer")).to_have_count(0)

    phone.reload()
    expect(phone.get_by_role("log").get_by_text("On Monday")).to_be_visible()
    expect(phone.get_by_text("They pay late")).to_have_count(0)


def test_the_map_is_walked_by_keyboard_and_opens_a_partner_s_facts(
    tab_of: TabOf, world: ConsoleWorld, anna: Person
) -> None:
    make_partner(world.workspace, "Quayside Systems")
    page = tab_of(anna)
    page.goto("/ecosystem/")
    marks = page.locator("svg a.map-node")
    expect(marks).to_have_count(2)
    marks.first.focus()
    expect(page.locator(".chart-readout")).to_be_visible()
    first = marks.first.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") != first

    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"partner=\d+"))
    expect(page.get_by_role("link", name="Open partner")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_of_a_partner_break_no_rule_of_accessibility_and_fit(
    tab_of: TabOf, world: ConsoleWorld, anna: Person, seller: Person, scheme: str, width: int
) -> None:
    page = tab_of(anna, width=width, scheme=scheme)
    partner = f"/partners/{world.partner.pk}/"
    tabs = ("summary", "deals", "money", "people", "activity", "notes", "files")
    console = ["/ecosystem/", "/ecosystem/?view=list", f"/ecosystem/?partner={world.partner.pk}", f"{partner}edit/"]
    for address in [*console, *(f"{partner}?tab={tab}" for tab in tabs), f"/deals/{world.open.pk}/"]:
        look_at(page, address)
    portal = tab_of(seller, width=width, scheme=scheme)
    for address in ("/portal/programme/", f"/portal/deals/{world.claim.reference}/"):
        look_at(portal, address)


def look_at(page: Page, address: str) -> None:
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
    found = Axe().run(page)
    assert found.violations_count == 0, f"{address}: {found.generate_report()}"
