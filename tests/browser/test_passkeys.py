"""Passkeys in a real browser with an authenticator of its own: added, used to sign in and as a second step, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tallystick.partners.sign_in_links import sign_in_link
from tallystick.platform.models import Person, Workspace, WorkspaceRole
from tests.factories.people import make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
Phone = Callable[[], Page]


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Phone]:
    """Return a function that opens a tab on a phone which can make passkeys; browsers tie them to a name."""
    contexts = []

    def opened() -> Page:
        context = browser.new_context(
            base_url=live_server.url.replace("127.0.0.1", "localhost"), viewport={"width": 390, "height": 844}
        )
        contexts.append(context)
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def zoe(workspace: Workspace) -> Person:
    return make_partner_person(make_partner(workspace), email="zoe@zephyr.example", name="Zoe Adler").person


def sign_in_by_link(page: Page, person: Person) -> None:
    person.refresh_from_db()
    page.goto(sign_in_link(person, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000"))
    page.get_by_role("button", name="Sign in").click()


def add_passkey(page: Page, name: str) -> None:
    page.goto("/account/sign-in/")
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_text(name, exact=True).wait_for()


def test_a_passkey_is_added_signs_in_is_renamed_and_removed(phone: Phone, zoe: Person) -> None:
    page = phone()
    sign_in_by_link(page, zoe)
    add_passkey(page, "Zoe's phone")
    assert Authenticator.objects.get(user=zoe, type="webauthn").wrap().name == "Zoe's phone"

    page.get_by_role("button", name="Account of Zoe Adler").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/portal/")

    page.goto("/account/sign-in/")
    page.get_by_role("link", name="Rename Zoe's phone").click()
    page.get_by_label("Name").fill("Work phone")
    page.get_by_role("button", name="Save name").click()
    page.get_by_role("button", name="Remove Work phone").click()
    page.get_by_text("None yet.").wait_for()
    assert not Authenticator.objects.filter(user=zoe, type="webauthn").exists()


def test_a_passkey_leads_back_to_the_page_asked_for(phone: Phone, workspace: Workspace) -> None:
    anna = make_member(workspace, WorkspaceRole.ADMIN, name="Anna Berg").person
    page = phone()
    sign_in_by_link(page, anna)
    add_passkey(page, "Anna's laptop")
    page.context.clear_cookies()

    page.goto("/settings/people/")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/settings/people/")


def test_a_passkey_answers_the_second_step(phone: Phone, zoe: Person) -> None:
    page = phone()
    sign_in_by_link(page, zoe)
    add_passkey(page, "Zoe's phone")
    TOTP.activate(zoe, SECRET)
    page.context.clear_cookies()

    sign_in_by_link(page, zoe)
    page.wait_for_url("**/sign-in/second-step/")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/portal/")


def test_a_passkey_of_another_device_is_refused_and_said_so(phone: Phone, zoe: Person) -> None:
    page = phone()
    sign_in_by_link(page, zoe)
    add_passkey(page, "Zoe's phone")
    Authenticator.objects.filter(user=zoe).delete()
    page.context.clear_cookies()

    page.goto("/sign-in/")
    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_role("heading", name="This passkey does not sign you in").wait_for()


def test_a_device_without_a_passkey_says_so_beside_the_button(phone: Phone, zoe: Person) -> None:
    page = phone()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("No passkey was used. Try again, or ask for a code.").wait_for()
