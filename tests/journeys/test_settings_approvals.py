"""What approvals ask for, as its page of the settings tells and changes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.commissions.approvals import approval_terms
from tallystick.commissions.models import ApprovalPolicy
from tallystick.commissions.rules.approval import ApprovalTerms
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

GIVEN = {"four_eyes_above": "2500.50", "rate_age_days": "7", "change_percent": "40"}


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


def page(browser: Client) -> str:
    return unescape(browser.get(reverse("console:approval_policy")).content.decode())


def test_the_page_says_what_holds_before_anybody_changed_it(browser: Client) -> None:
    text = page(browser)
    assert "What holds, as it ships" in text
    assert "A run that pays €1,000 or less may be approved by whoever prepared it" in text
    assert "An exchange rate older than 4 days is shown to the approver" in text
    assert "a total that moves by more than 25 %" in text


def test_a_new_version_holds_at_once_and_says_who_wrote_it_and_what_held_before(
    browser: Client, workspace: Workspace
) -> None:
    assert browser.post(reverse("console:change_approval_policy"), GIVEN).status_code == 302

    with scope(workspace_id=workspace.pk):
        assert approval_terms() == ApprovalTerms(
            four_eyes_above_minor=250_050, rate_age_days=7, change_percent=40, version=1
        )
        entry = ActivityEntry.objects.get(verb="approval_policy_changed")
    assert json.loads(entry.body)["data"] == {
        "four_eyes_above_minor": 250_050,
        "rate_age_days": 7,
        "change_percent": 40,
        "before": {"version": 0, "four_eyes_above_minor": 100_000, "rate_age_days": 4, "change_percent": 25},
    }
    text = page(browser)
    assert "What version 1 means" in text
    assert "Above €2,500.50 a person approves, and another one than prepared it." in text
    assert "Anna Berg" in text


def test_a_limit_of_nothing_asks_for_two_people_every_time(browser: Client) -> None:
    browser.post(reverse("console:change_approval_policy"), {**GIVEN, "four_eyes_above": "0"})
    assert "Every run is approved by a person, and by another one than prepared it." in page(browser)


def test_the_same_figures_again_write_no_version(browser: Client, workspace: Workspace) -> None:
    browser.post(reverse("console:change_approval_policy"), GIVEN)
    browser.post(reverse("console:change_approval_policy"), GIVEN)
    with scope(workspace_id=workspace.pk):
        assert ApprovalPolicy.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"four_eyes_above": "-1"},
        {"four_eyes_above": "1.005"},
        {"four_eyes_above": "a lot"},
        {"four_eyes_above": "1e40"},
        {"rate_age_days": "366"},
        {"change_percent": ""},
    ],
)
def test_what_cannot_be_a_policy_is_refused_and_changes_nothing(
    browser: Client, workspace: Workspace, wrong: dict[str, str]
) -> None:
    answer = browser.post(reverse("console:change_approval_policy"), {**GIVEN, **wrong})
    assert answer.status_code == 422
    with scope(workspace_id=workspace.pk):
        assert not ApprovalPolicy.objects.exists()


def test_finance_reads_the_policy_and_does_not_change_it(workspace: Workspace) -> None:
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, email="fay@umbra.example").person)
    answer = finance.get(reverse("console:approval_policy"))
    assert answer.status_code == 200
    assert "Save as new version" not in answer.content.decode()
    assert finance.post(reverse("console:change_approval_policy"), GIVEN).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not ApprovalPolicy.objects.exists()


def test_who_does_not_see_commissions_does_not_see_the_policy(workspace: Workspace) -> None:
    seller = browser_of(make_member(workspace, WorkspaceRole.AE, email="tom@umbra.example").person)
    assert seller.get(reverse("console:approval_policy")).status_code == 403
