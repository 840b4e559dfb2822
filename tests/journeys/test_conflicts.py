"""A conflict on the pages of both sides: looked at, ruled once its effect was seen, appealed; nobody else is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewRuling, NewTouch, record_ruling
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import Conflict, ConflictAppeal, ConflictRuling, DealRegistration
from tallystick.flows import conflicts
from tallystick.flows.attribution import decide, record_touch
from tallystick.partners.models import Partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.conflicts import conflicts_of_each_kind, register
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace, "Corvid")


@pytest.fixture
def case(workspace: Workspace, partner: Partner) -> Conflict:
    with scope(workspace_id=workspace.pk):
        return conflicts_of_each_kind(partner, at=NOON)


def test_the_case_shows_both_claims_and_which_one_the_rules_favour(workspace: Workspace, case: Conflict) -> None:
    anna = browser_of(make_member(workspace, name="Anna Berg").person)

    page = anna.get(reverse("console:conflict", args=[case.pk])).content.decode()

    assert "The rules favour <b>Corvid</b>" in page
    assert "Northwind" in page
    assert case.company in anna.get(reverse("console:conflicts")).content.decode()


def test_a_ruling_is_made_only_after_its_effect_was_seen(
    workspace: Workspace, case: Conflict, partner: Partner
) -> None:
    anna = browser_of(make_member(workspace, name="Anna Berg").person)
    address, seen = reverse("console:rule_conflict", args=[case.pk]), f"{partner.pk}:1000000"
    asked = {"choice": f"p{partner.pk}", "rule": "first_to_register", "reason": ""}

    shown = anna.post(address, {**asked, "seen": ""})
    refused = anna.post(address, {**asked, "seen": seen})
    with scope(workspace_id=workspace.pk):
        assert not ConflictRuling.objects.exists()
    assert ("What it does to pay" in shown.content.decode(), "field-error" in shown.content.decode()) == (True, False)
    assert "This field is required" in refused.content.decode()
    ruled = anna.post(address, {**asked, "reason": "The first claim stands.", "seen": seen}, follow=True)

    assert "The first claim stands." in ruled.content.decode()


def test_who_may_not_rule_is_refused_and_nothing_changes(
    workspace: Workspace, case: Conflict, partner: Partner
) -> None:
    ae = browser_of(make_member(workspace, WorkspaceRole.AE, name="Tom Hill", email="tom@vendor.example").person)

    answer = ae.post(reverse("console:rule_conflict", args=[case.pk]), {"choice": f"p{partner.pk}"})

    assert answer.status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not ConflictRuling.objects.exists()


def test_a_partner_reads_its_own_side_appeals_and_learns_no_name(
    workspace: Workspace, case: Conflict, partner: Partner
) -> None:
    zoe = browser_of(make_partner_person(partner, name="Zoe Lind").person)
    anna = browser_of(make_member(workspace, name="Anna Berg").person)
    address = reverse("portal:conflict", args=[case.reference])
    before = zoe.get(address).content.decode()
    anna.post(
        reverse("console:rule_conflict", args=[case.pk]),
        {"choice": "direct", "rule": "first_to_register", "reason": "No claim stands.", "seen": "direct"},
    )
    after = zoe.get(address).content.decode()

    assert "Another partner" in before
    assert "Northwind" not in before + after
    assert "No claim stands." in after
    zoe.post(reverse("portal:appeal", args=[case.reference]), {"words": "We were first."})
    with scope(workspace_id=workspace.pk):
        assert ConflictAppeal.objects.get().words == "We were first."


def test_a_partner_outside_the_case_does_not_find_it(workspace: Workspace, case: Conflict) -> None:
    other = browser_of(make_partner_person(make_partner(workspace, "Solano"), email="s@solano.example").person)

    assert other.get(reverse("portal:conflict", args=[case.reference])).status_code == 404
    assert other.post(reverse("portal:appeal", args=[case.reference]), {"words": "Us!"}).status_code == 404
    with scope(workspace_id=workspace.pk):
        assert not ConflictAppeal.objects.exists()


def test_a_partner_disputes_a_decision_and_the_case_opens(
    workspace: Workspace, case: Conflict, partner: Partner
) -> None:
    zoe = browser_of(make_partner_person(partner, name="Zoe Lind").person)
    with scope(workspace_id=workspace.pk):
        reference = DealRegistration.objects.get(company="Ashdown").reference

    dispute = reverse("portal:dispute", args=[reference])
    assert f'href="{dispute}"' in zoe.get(reverse("portal:deal", args=[reference])).content.decode()
    page = zoe.post(dispute, {"words": "It is larger than you think."}, follow=True)

    assert page.status_code == 200
    assert f'href="{dispute}"' not in zoe.get(reverse("portal:deal", args=[reference])).content.decode()
    with scope(workspace_id=workspace.pk):
        assert Conflict.objects.exclude(pk=case.pk).get().words == "It is larger than you think."


def test_a_deal_shows_what_its_attribution_said_before_the_ruling_and_what_it_says_instead(
    workspace: Workspace, partner: Partner
) -> None:
    rival = make_partner(workspace, "Northwind")
    anna = browser_of(make_member(workspace, name="Anna Berg").person)
    with scope(workspace_id=workspace.pk):
        account = make_row(Account, name="Cellvia")
        deal = make_row(Opportunity, account=account, name="Cellvia LIMS", status="open", opened_on=NOON.date())
        for claimant, kind in ((partner, TouchKind.REGISTRATION_APPROVED), (rival, TouchKind.LEAD_ACCEPTED)):
            touch = NewTouch(
                partner_id=claimant.pk,
                account_id=account.pk,
                kind=kind,
                happened_on=NOON.date() - timedelta(days=9),
                learned_on=NOON.date() - timedelta(days=9),
                source="test",
                external_id=claimant.name,
            )
            record_touch(SYSTEM, touch=touch, at=NOON)
        list(decide(SYSTEM, at=NOON))
        ruling = NewRuling(
            opportunity_id=deal.pk,
            source="test",
            external_id="CF-1/1",
            claimants=[partner.pk, rival.pk],
            parts=[(rival.pk, 1_000_000)],
            rule="first_to_register",
            rules_reference="engagement@1#ab12cd",
            ruled_at=NOON,
            ruled_by="Tom Hill",
        )
        record_ruling(SYSTEM, ruling=ruling, at=NOON)
        list(decide(SYSTEM, at=NOON))

    page = anna.get(reverse("console:deal", args=[deal.pk])).content.decode()
    earlier = page.partition("Earlier decisions")[2]
    gone, come = earlier.partition("Version 2 no longer says:")[2].partition("Version 2 says instead:")[::2]
    assert "Corvid" in gone
    assert "CF-1" in come.partition("</details>")[0]
    assert "Northwind" in come.partition("</details>")[0]


def test_the_work_of_our_own_team_stands_on_its_day_in_the_workspaces_time_zone(
    workspace: Workspace, partner: Partner
) -> None:
    with scope(workspace_id=workspace.pk):
        account = make_row(Account, name="Fernhill", domain="fernhill.example")
        make_row(Opportunity, account=account, name="Fernhill direct", status="open", opened_on=date(2026, 10, 13))
        register(partner, "Fernhill", at=NOON)
        [case] = conflicts.watch(SYSTEM, at=NOON)
    anna = browser_of(make_member(workspace, name="Anna Berg").person)

    page = anna.get(reverse("console:conflict", args=[case.pk])).content.decode()

    assert "the deal of 13 Oct 2026 was there before Corvid" in page
    assert "the registration of 14 Oct 2026 at 14:00" in page
    assert "12 Oct 2026" not in page
