"""What partners may learn of a company, as its page of the settings tells and changes it, and what the vendor reads."""

from __future__ import annotations

import json
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.disclosure import disclosure_in_force
from tallystick.deals.models import DealRegistration, DisclosurePolicy, Protection
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import approve_registration, set_disclosure, withdraw_registration
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.people import browser_of, make_member, make_partner
from tests.integration.deals.claims import ACTOR, AT, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


def page(browser: Client) -> str:
    return unescape(browser.get(reverse("console:disclosure_settings")).content.decode())


def choose(browser: Client, may_learn: str) -> str:
    answer = browser.post(reverse("console:disclosure_settings"), {"may_learn": may_learn}, follow=True)
    return unescape(answer.content.decode())


def test_as_it_ships_a_partner_learns_that_a_company_is_known_and_no_more(browser: Client) -> None:
    text = page(browser)
    assert "That we know it already" in text
    assert "A partner reads that you know the company already, in one sentence, whatever you know of it." in text
    assert "As it ships" in text


def test_a_choice_is_a_new_version_that_stands_in_the_audit_with_what_held_before(
    browser: Client, workspace: Workspace
) -> None:
    assert "Version 1 holds for claims and leads from now on." in choose(browser, "nothing")

    with scope(workspace_id=workspace.pk):
        assert disclosure_in_force() is Disclosure.NOTHING
        entry = ActivityEntry.objects.get(verb="disclosure_set")
    assert json.loads(entry.body)["data"] == {"number": 1, "may_learn": "nothing", "was": "known"}
    assert "get the same answer, word for word." in page(browser)


def test_the_same_choice_again_writes_nothing_and_a_made_up_one_is_refused(
    browser: Client, workspace: Workspace
) -> None:
    assert "Nothing was changed: that holds already." in choose(browser, "known")
    assert browser.post(reverse("console:disclosure_settings"), {"may_learn": "everything"}).status_code == 422
    with scope(workspace_id=workspace.pk):
        assert not DisclosurePolicy.objects.exists()


def test_who_does_not_run_the_workspace_neither_sees_nor_changes_it(workspace: Workspace) -> None:
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="pia@umbra.example").person)
    assert manager.get(reverse("console:disclosure_settings")).status_code == 403
    assert manager.post(reverse("console:disclosure_settings"), {"may_learn": "nothing"}).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not DisclosurePolicy.objects.exists()


def test_the_vendor_reads_of_each_hit_why_it_hit(browser: Client, workspace: Workspace) -> None:
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        account = make_row(Account, name="Cellvia", domain="cellvia.com", owner_name="Tom Albright")
        deal = {"name": "Cellvia LIMS", "owner_name": "Ada Frost", "opened_on": date(2026, 9, 3)}
        make_row(Opportunity, account=account, status="open", **deal)
        made = submit(partner.pk).registration
    text = unescape(browser.get(reverse("console:registration", args=[made.reference])).content.decode())

    assert "What we knew of the company" in text
    assert "Cellvia · Tom Albright <small>same domain</small>" in text
    assert "Cellvia LIMS · Ada Frost · since 3 Sept 2026 <small>at that account</small>" in text


def test_a_claim_that_came_second_and_was_not_told_is_approved_only_once_the_company_is_free(
    browser: Client, workspace: Workspace
) -> None:
    first, second = make_partner(workspace), make_partner(workspace, "Quanta")
    with scope(workspace_id=workspace.pk):
        set_disclosure(ACTOR, may_learn=Disclosure.NOTHING, at=AT)
        held, waits = submit(first.pk).registration, submit(second.pk).registration
    text = unescape(browser.get(reverse("console:registration", args=[waits.reference])).content.decode())
    assert "“First to register” declines it, and its partner was not told." in text
    assert "Zephyr Informatics" in text
    assert "<small>same domain</small>" in text

    with scope(workspace_id=workspace.pk):
        with pytest.raises(TransitionRefused, match="Another registration holds the company"):
            approve_registration(ACTOR, registration_id=waits.pk, at=AT)
        assert DealRegistration.objects.get(pk=waits.pk).state == "submitted"
        withdraw_registration(ACTOR, registration_id=held.pk, at=AT)
        assert approve_registration(ACTOR, registration_id=waits.pk, at=AT).state == "approved"
        (protection,) = Protection.objects.filter(released_at__isnull=True)
        assert (protection.partner_id, protection.protected_until) == (second.pk, date(2027, 2, 18))
