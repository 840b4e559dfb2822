"""Every page in a real browser, found by following links: both themes and widths, no fault, and room for long words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from tallystick.platform.models import Person, Workspace
from tallystick.web.access import Side
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of
from tests.factories.whole_world import make_whole_world
from tests.pages import walk

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = ((1440, "light"), (390, "dark"))
"""Both widths and both themes. Colours follow the theme alone and order the width alone, so two looks stand for four;
`acceptance/08-screens` takes all four."""
SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def visitors(workspace: Workspace) -> list[tuple[Person, str, Side]]:
    return make_whole_world(workspace)


def _signed_in(browser: Browser, live_server: LiveServer, person: Person, *, locale: str) -> BrowserContext:
    # Without transitions: a colour on its way from one theme to the other is neither.
    context = browser.new_context(base_url=live_server.url, locale=locale, reduced_motion="reduce")
    session = browser_of(person).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return context


def _addresses(person: Person, start: str, side: Side) -> list[str]:
    return [page.address for page in walk(browser_of(person), start=start, side=side).pages.values()]


def _watched(page: Page) -> list[str]:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def test_every_page_is_accessible_and_fits_in_both_themes_and_widths(
    browser: Browser, live_server: LiveServer, visitors: list[tuple[Person, str, Side]]
) -> None:
    faults = []
    for person, start, side in visitors:
        with _signed_in(browser, live_server, person, locale="en-GB") as context:
            page = context.new_page()
            errors = _watched(page)
            for address in _addresses(person, start, side):
                for width, scheme in LOOKS:
                    page.set_viewport_size({"width": width, "height": 900})
                    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                    page.goto(address)
                    if page.evaluate(SCROLLS_SIDEWAYS):
                        faults.append(f"{address} at {width}: scrolls sideways")
                    report = Axe().run(page)
                    if report.violations_count:
                        faults.append(f"{address} at {width}, {scheme}\n{report.generate_report()}")
                faults += [f"{address}: {error}" for error in errors]
                errors.clear()
    assert not faults, "\n".join(faults)


def test_every_page_has_room_for_longer_words_and_runs_from_right_to_left(
    browser: Browser, live_server: LiveServer, visitors: list[tuple[Person, str, Side]]
) -> None:
    faults = []
    for person, start, side in visitors:
        addresses = _addresses(person, start, side)
        for language in ("en-XA", "ar-XB"):
            with _signed_in(browser, live_server, person, locale=language) as context:
                page = context.new_page()
                for address in addresses:
                    page.goto(address)
                    for width in (1440, 390):
                        page.set_viewport_size({"width": width, "height": 900})
                        if page.evaluate(SCROLLS_SIDEWAYS):
                            faults.append(f"{address} at {width} in {language}")
    assert faults == []
