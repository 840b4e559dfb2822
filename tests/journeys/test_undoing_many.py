"""Decisions on many registrations are taken back within a day, row by row; what cannot be says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tallystick.crm.models import Account
from tallystick.deals.models import DealRegistration, Protection
from tallystick.partners.models import Partner
from tallystick.platform.models import BulkRun, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner
from tests.factories.rows import make_row
from tests.integration.deals.claims import claim, submit

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
ALL = "/lists/deals/actions/{action}/?view=all&all=1"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace).person)


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    """Return a partner with two claims that wait; of Bluefin the CRM knows the account."""
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        make_row(Account, name="Bluefin", domain="bluefin.com")
        submit(partner.pk, claim("Cellvia", website="cellvia.com"), seed=1)
        submit(partner.pk, claim("Bluefin", website="bluefin.com"), seed=2)
    return partner


def states(workspace: Workspace) -> dict[str, str]:
    with scope(workspace_id=workspace.pk):
        return dict(DealRegistration.objects.order_by("pk").values_list("company", "state"))


def the_run(workspace: Workspace) -> BulkRun:
    with scope(workspace_id=workspace.pk):
        return BulkRun.objects.get()


def held(workspace: Workspace) -> set[str]:
    with scope(workspace_id=workspace.pk):
        live = Protection.objects.filter(released_at__isnull=True)
        return set(live.values_list("registration__company", flat=True))


@pytest.mark.usefixtures("zephyr")
def test_declining_is_taken_back_and_the_accounts_are_held_again(browser: Client, workspace: Workspace) -> None:
    browser.post(ALL.format(action="decline"), {"reason": "We know them."})
    assert states(workspace) == {"Cellvia": "declined", "Bluefin": "declined"}
    assert held(workspace) == set()
    run = the_run(workspace)
    assert f'action="/lists/runs/{run.pk}/undo/"' in browser.get("/deals/?view=all").content.decode()

    answer = browser.post(f"/lists/runs/{run.pk}/undo/", follow=True)

    assert "2 registrations wait for a decision again." in answer.content.decode()
    assert states(workspace) == {"Cellvia": "submitted", "Bluefin": "submitted"}
    assert held(workspace) == {"Cellvia", "Bluefin"}
    with scope(workspace_id=workspace.pk):
        again = DealRegistration.objects.get(company="Cellvia")
    assert (again.decided_at, again.decision_reason, again.protected_until) == (None, "", None)
    assert browser.post(f"/lists/runs/{run.pk}/undo/").status_code == 404


@pytest.mark.usefixtures("zephyr")
def test_what_somebody_else_registered_meanwhile_stays_declined_and_says_so(
    browser: Client, workspace: Workspace
) -> None:
    browser.post(ALL.format(action="decline"), {"reason": "We know them."})
    rival = make_partner(workspace, "Rival Systems")
    with scope(workspace_id=workspace.pk):
        submit(rival.pk, claim("Cellvia again", website="cellvia.com"), seed=3)

    page = browser.post(f"/lists/runs/{the_run(workspace).pk}/undo/", follow=True).content.decode()

    assert states(workspace) == {"Cellvia": "declined", "Bluefin": "submitted", "Cellvia again": "submitted"}
    assert "Could not be taken back" in page
    assert "The account was registered by somebody else meanwhile, and is protected for them." in page
    assert held(workspace) == {"Bluefin", "Cellvia again"}


@pytest.mark.usefixtures("zephyr")
def test_approving_is_taken_back_unless_credit_follows_from_it(browser: Client, workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        account = Account.objects.get(name="Bluefin")
        DealRegistration.objects.filter(company="Bluefin").update(account=account)
    browser.post(ALL.format(action="approve"))
    assert states(workspace) == {"Cellvia": "approved", "Bluefin": "approved"}

    page = browser.post(f"/lists/runs/{the_run(workspace).pk}/undo/", follow=True).content.decode()

    assert states(workspace) == {"Cellvia": "submitted", "Bluefin": "approved"}
    assert "The approval is evidence for credit already, and evidence is never removed." in page
    with scope(workspace_id=workspace.pk):
        protections = dict(Protection.objects.values_list("registration__company", "protected_until"))
    assert protections["Cellvia"] is None
    assert protections["Bluefin"] is not None


@pytest.mark.usefixtures("zephyr")
def test_a_day_later_nothing_is_taken_back_and_the_page_says_until_when_it_could(
    browser: Client, workspace: Workspace
) -> None:
    browser.post(ALL.format(action="decline"), {"reason": "We know them."})
    run = the_run(workspace)
    assert "It can be undone until 21 Nov 2026, 16:00 CET" in browser.get(f"/lists/runs/{run.pk}/").content.decode()
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        page = browser.post(f"/lists/runs/{run.pk}/undo/", follow=True).content.decode()
    assert "This was done more than a day ago." in page
    assert "It could be undone until 21 Nov 2026, 16:00 CET" in page
    assert states(workspace) == {"Cellvia": "declined", "Bluefin": "declined"}


@pytest.mark.usefixtures("zephyr")
def test_only_who_did_it_sees_it_and_takes_it_back(browser: Client, workspace: Workspace) -> None:
    browser.post(ALL.format(action="decline"), {"reason": "We know them."})
    run = the_run(workspace)
    colleague = browser_of(make_member(workspace, email="berit@umbra.example").person)
    assert colleague.get(f"/lists/runs/{run.pk}/").status_code == 404
    assert colleague.post(f"/lists/runs/{run.pk}/undo/").status_code == 404
    assert states(workspace) == {"Cellvia": "declined", "Bluefin": "declined"}
