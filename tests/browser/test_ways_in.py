"""Registering and verifying without a sign-in, on a phone and without scripts; and the pages are accessible."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_bytes

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tallystick.partners.public_forms import ENTROPY_NEEDED, address_of, open_public_form
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "http://127.0.0.1:8000"
SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
FILLED = {
    "Company": "Cellvia",
    "Website": "cellvia.com",
    "Your contact there": "Ruth Ames",
    "Rough annual value": "60k",
    "Your name": "Jane Doe",
    "Your e-mail address": "jane@field.example",
}


def form_of(workspace: Workspace) -> str:
    """Return the path of a public form."""
    cache.clear()
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        entropy = token_bytes(ENTROPY_NEEDED)
        form = open_public_form(SYSTEM, partner_id=partner.pk, at=datetime.now(tz=UTC), entropy=entropy)
        return address_of(form).removeprefix(HERE)


def faults_of(page: Page) -> list[str]:
    found = [each["id"] for each in Axe().run(page).response["violations"]]
    return [*found, *(["runs sideways"] if page.evaluate(SCROLLS_SIDEWAYS) else [])]


def test_without_scripts_a_stranger_registers_and_has_the_receipt_verified(
    browser: Browser, live_server: LiveServer, workspace: Workspace
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(form_of(workspace))
    page.get_by_role("button", name="Register deal").click()
    assert page.get_by_text("Enter your name.").is_visible()
    assert page.get_by_label("Leave this empty").bounding_box() != page.get_by_label("Your name").bounding_box()
    for label, text in FILLED.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Register deal").click()
    page.get_by_role("heading", name="Deal registered").wait_for()
    proof = page.locator("code.fingerprint").inner_text()

    page.goto("/verify/")
    page.get_by_label("Proof", exact=True).fill(proof)
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name="The receipt holds").wait_for()
    context.close()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_pages_without_a_sign_in_are_accessible_and_fit(
    browser: Browser, live_server: LiveServer, workspace: Workspace, width: int, theme: str
) -> None:
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    found = {}
    page.goto(form_of(workspace))
    found["form"] = faults_of(page)
    page.get_by_role("button", name="Register deal").click()
    page.get_by_text("Enter your name.").wait_for()
    found["form refused"] = faults_of(page)
    for label, text in FILLED.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Register deal").click()
    page.get_by_role("heading", name="Deal registered").wait_for()
    found["receipt"] = faults_of(page)
    page.get_by_role("link", name="Verify it").evaluate("link => { link.href = new URL(link.href).pathname }")
    page.get_by_role("link", name="Verify it").click()
    page.get_by_role("heading", name="The receipt holds").wait_for()
    found["verified"] = faults_of(page)
    for name, address in {
        "verify": "/verify/",
        "unknown": f"/verify/{'0' * 64}/",
        "closed": "/register/partner/x/",
    }.items():
        page.goto(address)
        found[name] = faults_of(page)
    context.close()

    assert {name: faults for name, faults in found.items() if faults} == {}
