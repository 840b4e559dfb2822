"""An admin's first five minutes in a real browser: from the demo to a workspace of one's own, and the first partner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.partners.sign_in_links import demo_sign_in_link
from tallystick.platform.models import Workspace
from tests.factories import make_row
from tests.factories.jobs import run_due_jobs
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLES = Path(__file__).parents[2] / "src/tallystick/crm/samples"


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert [text for text in complaints if "422" not in text] == []


def path_of(address: str) -> str:
    return re.sub(r"^https?://[^/]+", "", address)


def load(page: Page, name: str) -> None:
    """Go through the wizard with one of the samples, and wait for its result."""
    page.goto("/imports/new/")
    page.get_by_label("CSV or Excel files").set_input_files(SAMPLES / f"{name}.csv")
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}.csv")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_text("The first rows")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Load \d+ rows")).click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    run_due_jobs()
    expect(page.get_by_text("What became of the rows").or_(page.get_by_text("new here"))).to_be_visible(timeout=15_000)


def test_an_admin_goes_from_the_demo_to_the_first_partner(page: Page) -> None:
    demo = make_row(Workspace, slug="demo", name="Lumen Labs", currency="GBP", time_zone="Europe/London", is_demo=True)
    helen = make_member(demo, email="helen@lumen.example", name="Helen Marsh").person
    page.goto(path_of(demo_sign_in_link(helen, workspace=demo)))
    page.get_by_role("main").get_by_role("button").first.click()

    page.get_by_role("link", name="Start your own").click()
    page.get_by_label("Company").fill("Ostara Energy")
    page.get_by_label("Reporting currency").select_option("GBP")
    page.get_by_label("Fiscal quarters begin in").select_option("4")
    page.get_by_label("Your name").fill("Ida Frost")
    page.get_by_label("Your e-mail address").fill("ida@ostara.example")
    page.get_by_role("button", name="Start workspace").click()
    invitation = page.get_by_role("link", name="Open Ostara Energy").get_attribute("href") or ""
    page.goto(path_of(invitation))
    page.get_by_role("button", name="Accept and sign in").click()

    expect(page.get_by_text("Set up your workspace")).to_be_visible()
    expect(page.get_by_text("0 of 6 done")).to_be_visible()

    load(page, "accounts")
    load(page, "opportunities")
    run_due_jobs()
    page.reload()
    gaps = page.get_by_text("14 won deals mention a partner and credit nobody, £279k")
    expect(gaps).to_be_visible()
    page.get_by_role("link", name="See the gaps").click()
    expect(page).to_have_url(re.compile(r"/attribution/gaps/\?gap=named_uncredited"))

    page.goto("/overview/")
    expect(page.get_by_text("1 of 6 done")).to_be_visible()
    expect(gaps).to_be_visible()
    page.get_by_role("link", name=re.compile("Invite: Invite your first partner")).click()
    page.get_by_label("Partner", exact=True).fill("Corvid Consulting")
    page.get_by_label("Type").select_option("consultant")
    expect(page.get_by_text("The deals of Corvid Consulting")).to_be_visible()
    page.get_by_label("E-mail address of their first person").fill("asha@corvid.example")
    page.get_by_role("button", name="Add and invite").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corvid Consulting is invited")
    expect(page.get_by_label(re.compile("Invitation for asha@corvid.example"))).to_have_value(
        re.compile("/invitation/")
    )

    run_due_jobs()
    page.goto("/overview/")
    expect(page.get_by_text("2 of 6 done")).to_be_visible()
    page.get_by_role("button", name="Put away").click()
    expect(page.get_by_text("Set up your workspace")).to_have_count(0)


def test_files_dropped_on_the_field_are_chosen_and_another_kind_asks_for_other_columns(page: Page) -> None:
    workspace = make_row(
        Workspace, slug="umbra", name="Umbra Labs", currency="GBP", time_zone="Europe/London", is_demo=True
    )
    anna = make_member(workspace, email="anna@umbra.example", name="Anna Berg").person
    page.goto(path_of(demo_sign_in_link(anna, workspace=workspace)))
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto("/imports/new/")
    text = (SAMPLES / "contacts.csv").read_text(encoding="utf-8")
    transfer = page.evaluate_handle(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'contacts.csv')); return data; }",
        text,
    )
    page.locator(".file-drop").dispatch_event("drop", {"dataTransfer": transfer})
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_label("The file holds", exact=True)).to_have_value("contacts")

    page.get_by_label("The file holds", exact=True).select_option("opportunities")
    expect(page.get_by_text("Something is missing")).to_be_visible()
    page.get_by_label("The file holds", exact=True).select_option("contacts")
    expect(page.get_by_text("Something is missing")).to_have_count(0)
