"""The portal in a real browser: a seller's way on a phone, and every page light and dark, narrow and wide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.commissions.models import CommissionLine, Statement
from tallystick.partners.sign_in_links import sign_in_link
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member
from tests.journeys.portal_world import PortalWorld, build_portal_world

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = 390
KIB = 1024

Tab = Callable[..., Page]


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def tab(browser: Browser, live_server: LiveServer) -> Iterator[Tab]:
    """Return a function that opens a fresh tab on the live server."""
    contexts = []

    def opened(*, width: int = PHONE, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            has_touch=width == PHONE,
        )
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def world(workspace: Workspace) -> PortalWorld:
    return build_portal_world(workspace, at=datetime.now(tz=UTC))


def sign_in(page: Page, world: PortalWorld) -> None:
    """Follow a sign-in link, as it comes in a mail, to the portal."""
    link = sign_in_link(world.seller.person, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")


def fill_in(page: Page) -> None:
    page.get_by_label("Company").fill("Halcyon Diagnostics")
    page.get_by_label("Website").fill("halcyon.com")
    page.get_by_label("Your contact there").fill("ruth@halcyon.com")
    page.get_by_label("Rough annual value").fill("60,000")


def test_a_seller_goes_from_the_link_to_the_receipt_on_a_phone(tab: Tab, world: PortalWorld) -> None:
    page = tab()
    sign_in(page, world)
    page.get_by_role("link", name="Register a deal").locator("visible=true").tap()
    fill_in(page)
    expect(page.get_by_text("eligible for protection")).to_be_visible()
    expect(page.get_by_text("Expected commission at 10% of €60,000")).to_be_visible()
    page.get_by_role("button", name="Register deal").tap()

    expect(page.get_by_role("heading", name="Deal registered")).to_be_visible()
    receipt = page.get_by_label("Receipt").inner_text()
    assert re.search(r"DR-[0-9A-Z]{6}", receipt)
    assert re.search(r"\d\d:\d\d CES?T", receipt)
    assert re.search(r"\b[0-9a-f]{64}\b", receipt)
    page.get_by_role("link", name="See the deal").tap()
    expect(page.get_by_role("heading", name="Halcyon Diagnostics")).to_be_visible()
    expect(page.get_by_text("Answer by", exact=True)).to_be_visible()


def test_registering_needs_no_script(tab: Tab, world: PortalWorld) -> None:
    page = tab(scripts=False)
    sign_in(page, world)
    page.goto(reverse("portal:register"))
    fill_in(page)
    page.get_by_label("Your contact there").fill("")
    page.get_by_role("button", name="Register deal").click()

    expect(page.get_by_text("Enter whom you know there")).to_be_visible()
    assert page.get_by_label("Company").input_value() == "Halcyon Diagnostics"
    expect(page.get_by_text("eligible for protection")).to_be_visible()
    page.get_by_label("Your contact there").fill("Ruth")
    page.get_by_role("button", name="Register deal").click()

    expect(page.get_by_role("heading", name="Deal registered")).to_be_visible()


def test_a_taken_company_is_told_while_typing(tab: Tab, world: PortalWorld) -> None:
    page = tab()
    sign_in(page, world)
    page.goto(reverse("portal:register"))
    page.get_by_label("Company").fill("Ardent")
    page.get_by_label("Company").press("Tab")

    expect(page.get_by_label("Website")).to_have_value("ardent.example")
    expect(page.get_by_role("status").get_by_text("already registered")).to_be_visible()
    assert "FOREIGN" not in page.content()


@pytest.mark.parametrize("width", [PHONE, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_the_screen_and_breaks_no_rule_of_accessibility(
    tab: Tab, world: PortalWorld, width: int, scheme: str
) -> None:
    visited = addresses(world)
    page = tab(width=width, scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, world)

    for address in visited:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
        assert len(page.get_by_role("heading", level=1).all()) == 1, address
        assert len(page.content().encode()) < 60 * KIB, address
        report = Axe().run(page)
        assert report.violations_count == 0, f"{address}: {report.generate_report()}"
        assert complaints == [], address


def test_the_bar_over_a_portal_seen_as_a_partner_breaks_no_rule_either(
    tab: Tab, live_server: LiveServer, workspace: Workspace, world: PortalWorld
) -> None:
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person)
    manager.post(reverse("view_as_partner", args=[world.partner.pk]))
    page = tab()
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": manager.cookies[name].value, "url": live_server.url}])
    page.goto(reverse("portal:home"))

    expect(page.get_by_text("You see the portal as Zephyr Informatics does.")).to_be_visible()
    assert page.get_by_role("link", name="Register a deal").count() == 0
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()


def addresses(world: PortalWorld) -> list[str]:
    with scope(workspace_id=world.partner.workspace_id, partner_id=world.partner.pk):
        line = CommissionLine.objects.order_by("pk").first()
        statement = Statement.objects.order_by("pk").first()
    assert line is not None
    assert statement is not None
    return [
        *(reverse(f"portal:{page}") for page in ("home", "register", "deals", "earnings", "statements")),
        reverse("portal:deals") + "?q=nothing",
        *(reverse("portal:deal", args=[world.references[name]]) for name in ("Cellvia", "Northgate", "Ardent")),
        *(reverse("portal:receipt", args=[world.references[name]]) for name in ("Northgate", "Ardent")),
        reverse("portal:credited_deal", args=[world.won_deal.pk]),
        reverse("portal:withdraw", args=[world.references["Cellvia"]]),
        reverse("portal:line", args=[line.pk]),
        reverse("portal:statement", args=[statement.pk]),
    ]
