"""One day of each role, in a real browser, signed in by the code in a mail: the main job is done by what is on screen.

With `RECORDINGS` set to a folder, a film of each day is kept there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import expect

from tallystick.commissions.models import ApprovalRun, RunState
from tallystick.commissions.services import mark_invoices, prepare_approval_runs
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.flows import settlement
from tallystick.partners.models import PartnerMembership, PartnerRole
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Membership, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.browser.conftest import SignIn
from tests.factories.approvals import person
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import make_member, make_partner_person
from tests.factories.revenue import pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


def test_an_admin_brings_finance_in_and_sees_the_invitation_wait(world: ConsoleWorld, sign_in: SignIn) -> None:
    make_member(world.workspace, name="Anna Berg")
    page = sign_in("anna@umbra.example")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="People and roles").first.click()
    page.get_by_role("link", name="Invite person").click()
    page.get_by_label("E-mail").fill("otto@umbra.example")
    page.get_by_label("Role", exact=True).last.select_option("finance")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("row").filter(has_text="otto@umbra.example").first).to_contain_text("Finance")
    with scope(workspace_id=world.workspace.pk):
        otto = Membership.objects.get(person__email="otto@umbra.example")
    assert (otto.role, otto.accepted_at) == (WorkspaceRole.FINANCE, None)
    assert mail.outbox[-1].to == ["otto@umbra.example"]


def test_a_partner_manager_approves_the_registration_that_waits(world: ConsoleWorld, sign_in: SignIn) -> None:
    make_member(world.workspace, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair")
    page = sign_in("priya@umbra.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.get_by_role("link", name=re.compile("^Inbox")).click()
    waiting = page.get_by_role("row").filter(has_text="Bluefin Diagnostics")
    expect(waiting).to_contain_text("Corvid")
    waiting.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").filter(has_text="approved").first).to_be_visible()
    with scope(workspace_id=world.workspace.pk):
        claim = DealRegistration.objects.get(pk=world.claim.pk)
    assert claim.state == RegistrationState.APPROVED
    assert claim.protected_until is not None


def test_an_account_executive_opens_a_deal_and_reads_why_the_partner_is_credited(
    world: ConsoleWorld, sign_in: SignIn
) -> None:
    make_member(world.workspace, WorkspaceRole.AE, email="tom@umbra.example", name="Tom Albright")
    page = sign_in("tom@umbra.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Deals")
    expect(page.get_by_role("link", name=re.compile("^My accounts"))).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name=re.compile("Cellvia")).first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Sourced")
    expect(sheet).to_contain_text("accepted introduction of 20 Jul 2026 comes first")
    expect(sheet).to_contain_text("accepted introduction of 20 Jul 2026 it would be direct.")


def test_finance_opens_a_line_to_its_payment_and_approves_the_run(world: ConsoleWorld, sign_in: SignIn) -> None:
    make_member(world.workspace, WorkspaceRole.FINANCE, email="fay@umbra.example", name="Fay Lund")
    run = _prepared_november(world)
    page = sign_in("fay@umbra.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Approvals")
    page.get_by_role("link", name=run.number).click()
    # 720.00 of 1,440.00 came in November for a net of 600.00, of which 10 %; 12.00 were taken back with the refund.
    expect(page.get_by_label("Figures of the run")).to_contain_text("€480.00")
    page.get_by_label("Table of lines").get_by_role("link", name="Cellvia").first.click()
    expect(page.get_by_role("main")).to_contain_text("10 %")
    page.go_back()
    page.get_by_role("button", name="Approve €480.00").click()
    expect(page.get_by_role("main")).to_contain_text("Approved")
    with scope(workspace_id=world.workspace.pk):
        run.refresh_from_db()
    assert run.state == RunState.APPROVED


def test_an_executive_follows_a_figure_down_to_the_deals_behind_it(world: ConsoleWorld, sign_in: SignIn) -> None:
    make_member(world.workspace, WorkspaceRole.EXECUTIVE, email="ida@umbra.example", name="Ida Holm")
    page = sign_in("ida@umbra.example")
    page.get_by_role("link", name="Year", exact=True).click()
    page.get_by_role("link", name=re.compile("Partner-sourced revenue won")).click()
    page.get_by_role("link", name=re.compile("Cellvia")).first.click()
    expect(page.get_by_role("heading", name=re.compile("Cellvia")).first).to_be_visible()


def test_a_partner_admin_reads_when_money_comes_and_brings_a_colleague_in(world: ConsoleWorld, sign_in: SignIn) -> None:
    page = sign_in("asha@corvid.example", width=390, height=844)
    page.get_by_role("link", name="Earnings").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Earnings")
    page.get_by_role("button", name="Account of Asha Patel").click()
    page.get_by_role("link", name="Team").last.click()
    page.get_by_label("E-mail").fill("jonas@corvid.example")
    page.get_by_label("Role", exact=True).last.select_option("seller")
    page.get_by_role("button", name="Invite colleague").click()
    expect(page.get_by_text("jonas@corvid.example").first).to_be_visible()
    with scope(workspace_id=world.workspace.pk):
        assert PartnerMembership.objects.get(person__email="jonas@corvid.example").role == PartnerRole.SELLER


def test_a_partner_seller_registers_a_deal_on_a_phone_and_holds_the_receipt(
    world: ConsoleWorld, sign_in: SignIn
) -> None:
    make_partner_person(world.partner, PartnerRole.SELLER, email="jonas@corvid.example", name="Jonas Richter")
    page = sign_in("jonas@corvid.example", width=390, height=844)
    page.get_by_role("link", name="Register a deal").last.click()
    page.get_by_label("Website").fill("ravensworth.example")
    page.get_by_label("Company").fill("Ravensworth Labs")
    page.get_by_label("Contact").first.fill("Ruth Adler")
    page.get_by_label("Value").fill("48000")
    page.get_by_role("button", name="Register deal").click()
    expect(page.get_by_text(re.compile(r"DR-\w+")).first).to_be_visible()
    with scope(workspace_id=world.workspace.pk):
        claim = DealRegistration.objects.get(company="Ravensworth Labs")
    assert (claim.state, claim.value_minor, claim.currency) == (RegistrationState.SUBMITTED, 4_800_000, "EUR")


def _prepared_november(world: ConsoleWorld) -> ApprovalRun:
    """Have the rest of Cellvia's invoice paid in November, and a colleague prepare what is earned of it."""
    with scope(workspace_id=world.workspace.pk):
        invoice = world.line.invoice
        pay(invoice, 720_000, date(2026, 11, 6), key="payment-2")
        mark_invoices(invoice_ids=[invoice.pk])
        list(settlement.accrue(SYSTEM))
        [run] = prepare_approval_runs(person("Petra Prepares"), through=date(2026, 11, 19))
    return run
