"""The whole life of a deal through the browser: registered on a phone, asked about, changed, won, paid, earned."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tallystick.deals.models import DealRegistration
from tallystick.flows import settlement
from tallystick.partners.models import PartnerRole
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.browser.conftest import SignIn
from tests.factories.console_world import TODAY, make_console_world
from tests.factories.jobs import run_due_jobs
from tests.factories.people import make_member, make_partner_person

pytestmark = pytest.mark.django_db(transaction=True)

FROM_THE_CRM = {
    "accounts": "Id,Name,Website,Billing Country\nA-900,Ravensworth Labs,https://www.ravensworth.example,Germany\n",
    "opportunities": (
        "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Currency,Created Date,Close Date,Type\n"
        "D-900,Ravensworth: LIMS,Ravensworth Labs,Closed Won,20000.00,EUR,2026-11-20,2026-11-20,New business\n"
    ),
    "invoices": (
        "Invoice ID,Invoice Number,Invoice Date,Account Name,Opportunity ID,Currency,Net Amount,Tax\n"
        "INV-900,2026-0900,2026-11-20,Ravensworth Labs,D-900,EUR,20000.00,3800.00\n"
    ),
    "payments": (
        "Payment ID,Invoice ID,Payment Date,Amount,Currency,Status\nP-900,INV-900,2026-11-20,23800.00,EUR,paid\n"
    ),
}


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(TODAY):
        yield


def load(page: Page, name: str, text: str) -> None:
    """Go through the wizard with a file, and wait for its result."""
    page.goto("/imports/new/")
    page.get_by_label("CSV or Excel files").set_input_files(
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}.csv")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name=re.compile(r"Load 1 row")).click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    run_due_jobs()
    expect(page.get_by_text("What became of the rows").or_(page.get_by_text("new here"))).to_be_visible(timeout=15_000)


def register(phone: Page) -> str:
    """Register the deal and return the address of its page."""
    phone.get_by_role("link", name="Register a deal").last.click()
    phone.get_by_label("Website").fill("ravensworth.example")
    phone.get_by_label("Company").fill("Ravensworth Labs")
    phone.get_by_label("Contact").first.fill("Ruth Adler")
    phone.get_by_label("Value").fill("48000")
    phone.get_by_role("button", name="Register deal").click()
    phone.get_by_role("link", name="See the deal").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ravensworth Labs")
    return phone.url


def test_a_deal_lives_from_the_phone_to_the_money(workspace: Workspace, sign_in: SignIn) -> None:
    world = make_console_world(workspace)
    make_partner_person(world.partner, PartnerRole.SELLER, email="jonas@corvid.example", name="Jonas Richter")
    make_member(world.workspace, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair")
    make_member(world.workspace, name="Anna Berg")

    phone = sign_in("jonas@corvid.example", width=390, height=844)
    deal = register(phone)

    desk = sign_in("priya@umbra.example")
    desk.goto(f"/deals/registrations/{deal.rstrip('/').rpartition('/')[2]}/")
    claim = desk.get_by_role("region", name=re.compile("^Registration DR-"))
    claim.get_by_text("Ask the partner first").click()
    claim.get_by_label("Question").fill("Who signs there?")
    claim.get_by_role("button", name="Ask and stop the clock").click()
    expect(claim.get_by_text("Waiting for the partner")).to_be_visible()

    phone.goto(deal)
    phone.get_by_role("link", name="Answer the question").click()
    phone.get_by_label("Answer").fill("Dr Adler, for all sites.")
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ravensworth Labs")

    desk.reload()
    expect(claim.get_by_text("Dr Adler, for all sites.")).to_be_visible()
    claim.get_by_role("button", name="Approve registration").click()
    expect(claim.get_by_text("Approved").first).to_be_visible()

    phone.goto(deal)
    phone.get_by_role("link", name="Change what is registered").click()
    phone.get_by_label("Rough annual value").fill("20,000")
    phone.get_by_label("What has changed").fill("They begin with one site.")
    phone.get_by_role("button", name="Ask for the change").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ravensworth Labs")
    desk.reload()
    claim.get_by_role("button", name="Grant").click()
    expect(claim.get_by_text("Granted").first).to_be_visible()
    phone.goto(deal)
    expect(phone.get_by_text("€20,000").first).to_be_visible()

    admin = sign_in("anna@umbra.example")
    for name, text in FROM_THE_CRM.items():
        load(admin, name, text)
    with scope(workspace_id=world.workspace.pk):
        list(settlement.accrue(SYSTEM))
        made = DealRegistration.objects.get(company="Ravensworth Labs")
    assert (made.state, made.value_minor) == ("won", 2_000_000)

    phone.goto(deal)
    expect(phone.get_by_text("Won").first).to_be_visible()
    phone.get_by_role("link", name="Earnings").last.click()
    phone.get_by_role("link", name=re.compile("Ravensworth Labs")).first.click()
    # 10 % of 20,000.00 net, paid in full; held for ten days from the payment.
    expect(phone.get_by_text("€2,000.00").first).to_be_visible()
    expect(phone.get_by_text("It is held for 10 days, until 30 November 2026.")).to_be_visible()
