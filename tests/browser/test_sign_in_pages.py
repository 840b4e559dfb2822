"""The public pages in a real browser: on a phone and a desk, light and dark, without JavaScript, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tallystick.partners.sign_in_links import sign_in_link
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.invitations import invite_person
from tallystick.platform.models import Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import make_member, make_partner, make_partner_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.journeys.pages")]

Tab = Callable[..., Page]


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def tab(browser: Browser, live_server: LiveServer) -> Iterator[Tab]:
    """Return a function that opens a fresh tab on the live server."""
    contexts = []

    def opened(*, width: int = 1440, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    return make_member(workspace, name="Anna Berg").person


def path_in_last_mail(pattern: str) -> str:
    found = re.search(rf"^http://127\.0\.0\.1:8000({pattern}\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    return found[1]


def fresh_link(person: Person) -> str:
    return sign_in_link(person, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")


def fresh_invitation(workspace: Workspace) -> str:
    berit = Actor(kind=ActorKind.PERSON, label="Berit Holm")
    with scope(workspace_id=workspace.pk):
        invite_person(berit, email="otto@umbra.example", role=WorkspaceRole.AE, at=datetime.now(tz=UTC))
    return path_in_last_mail("/invitation/")


def test_signing_in_takes_no_script_and_no_mouse(tab: Tab, anna: Person) -> None:
    page = tab(scripts=False)
    page.goto("/sign-in/")
    page.locator("input[name=email]:focus").wait_for()
    page.keyboard.type("anna@umbra.example")
    page.keyboard.press("Enter")
    page.locator("input[name=code]:focus").wait_for()
    code = re.search(r"[A-Z]{4}-[A-Z]{4}", str(mail.outbox[-1].body))
    assert code is not None

    page.keyboard.type(code[0])
    page.keyboard.press("Enter")

    page.wait_for_url("**/overview/")


def test_what_is_wrong_stands_under_the_field_and_the_input_is_kept(tab: Tab) -> None:
    page = tab()
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill("anna at umbra")
    page.get_by_role("button", name="Send code").click()

    field = page.get_by_label("E-mail address")
    assert field.input_value() == "anna at umbra"
    assert page.get_by_text("Enter an address such as anna@example.com.").is_visible()
    assert field.get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_public_pages_break_no_rule_of_accessibility_and_fit_the_screen(
    tab: Tab, workspace: Workspace, other_workspace: Workspace, anna: Person, width: int, scheme: str
) -> None:
    make_partner_person(make_partner(other_workspace), email="anna@umbra.example")
    page = tab(width=width, scheme=scheme)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto("/sign-in/")
    _is_fit_to_be_seen(page)
    page.get_by_label("E-mail address").fill("anna@umbra.example")
    page.get_by_role("button", name="Send code").click()
    _is_fit_to_be_seen(page)
    assert refused == []

    for address in (fresh_invitation(workspace), "/invitation/used-up/", "/sign-in/link/used-up/", fresh_link(anna)):
        page.goto(address)
        _is_fit_to_be_seen(page)
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("heading", name="Where would you like to work?").is_visible()
    _is_fit_to_be_seen(page)


def _is_fit_to_be_seen(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
    assert len(page.get_by_role("heading", level=1).all()) == 1
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
