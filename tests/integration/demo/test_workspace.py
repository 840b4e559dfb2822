"""The demo workspace as the real services made it: what every screen finds there, and that the books are right."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Sum

from tallystick.attribution.models import Credit, Decision
from tallystick.commissions.models import ApprovalRun, BlockedLine, CommissionLine, Statement
from tallystick.crm.models import Import, ImportRefusal, Opportunity
from tallystick.deals.models import DealRegistration, Protection
from tallystick.demo.services import demo_workspace
from tallystick.insights.queries import overview
from tallystick.insights.rules.partner_led import MotionLabel
from tallystick.insights.rules.spans import PeriodKind
from tallystick.platform.invariants import violations
from tallystick.platform.models import ActivityEntry, Workspace

from .test_world import NOON, world

pytestmark = [pytest.mark.usefixtures("lumen_labs"), pytest.mark.django_db]


def test_every_invariant_of_the_product_holds(lumen_labs: Workspace) -> None:
    assert list(violations(workspace_id=lumen_labs.pk)) == []


def test_every_opportunity_is_decided_once() -> None:
    classes = Counter(Decision.objects.filter(is_current=True).values_list("credit_class", flat=True))
    assert classes == {"sourced": 318, "influenced": 299, "direct": 976}
    assert sum(classes.values()) == len(world().opportunities)


def test_shares_of_a_decision_sum_to_one() -> None:
    sums = Credit.objects.values("decision").annotate(share=Sum("share_ppm")).values_list("share", flat=True)
    assert set(sums) == {1_000_000}


def test_partners_earn_what_the_ledger_owes_them() -> None:
    earned = {
        (partner, currency): total
        for partner, currency, total in CommissionLine.objects.values_list("partner__name", "currency")
        .annotate(total=Sum("amount_minor"))
        .order_by("partner__name", "currency")
    }
    assert earned == {
        ("Alder Analytics", "EUR"): 984_00,
        ("Brightwell Data", "EUR"): 72_436_74,
        ("Corvid Consulting", "GBP"): 102_529_00,
        ("Greyfriars Advisory", "GBP"): 2_312_00,
        ("Halden & Roe", "GBP"): 45_551_15,
        ("Kite Partners", "GBP"): 23_391_28,
        ("Ludlow Automation", "USD"): 10_352_80,
        ("Mercator Labs", "USD"): 86_629_28,
        ("Nimbus Works", "EUR"): 15_258_39,
        ("Osprey Cloud", "EUR"): 66_435_47,
        ("Pinehurst MSP", "GBP"): 8_085_28,
        ("Quayside Systems", "GBP"): 211_022_41,
        ("Tessella North", "GBP"): 14_538_44,
        ("Zephyr Informatics", "GBP"): 138_315_54,
    }


def test_the_overview_says_how_far_it_is_to_partner_led() -> None:
    seen = overview(period=PeriodKind.QUARTER, on=world().anchor)
    assert seen.test.label is MotionLabel.APPROACHING
    assert seen.test.points_short == 7
    assert [entry.partner.name for entry in seen.ranking[:4]] == [
        "Quayside Systems",
        "Zephyr Informatics",
        "Corvid Consulting",
        "Mercator Labs",
    ]


def test_four_won_deals_name_a_partner_and_credit_nobody_and_seven_have_no_account() -> None:
    gaps = Counter(
        gap for found in Decision.objects.filter(is_current=True).values_list("gaps", flat=True) for gap in found
    )
    assert gaps == {"named_uncredited": 4, "no_account": 7}


def test_the_direct_team_opened_a_deal_on_a_registered_company_three_hours_later() -> None:
    registration = DealRegistration.objects.get(company="Cellvia")
    assert (registration.state, registration.partner.name) == ("submitted", "Halden & Roe")
    assert registration.submitted_at == NOON - timedelta(hours=26)
    assert registration.account is not None
    opened = Opportunity.objects.get(account=registration.account, status="open")
    assert opened.opened_on == (registration.submitted_at + timedelta(hours=3)).date()


def test_registrations_have_every_end() -> None:
    assert Counter(DealRegistration.objects.values_list("state", flat=True)) == {
        "won": 40,
        "lost": 53,
        "expired": 5,
        "approved": 7,
        "converted": 10,
        "declined": 16,
        "withdrawn": 3,
        "submitted": 3,
    }
    first = Protection.objects.filter(released_at__isnull=True).values("account_key").count()
    assert first == DealRegistration.objects.filter(state__in=["submitted", "approved", "converted"]).count()


def test_who_came_second_was_told_so_at_once() -> None:
    second = DealRegistration.objects.filter(decision_rule="first_to_register")
    assert second.count() == 7
    assert all(registration.decided_at == registration.submitted_at for registration in second)


def test_one_line_is_blocked_because_the_term_is_not_known() -> None:
    blocked = BlockedLine.objects.get()
    assert blocked.reason == "deal.term_months is not known, and the plan depends on it."


def test_commission_was_clawed_back_last_month_and_some_is_on_hold() -> None:
    clawed = CommissionLine.objects.filter(event_kind="refund", booked_on__range=("2026-10-01", "2026-10-31"))
    assert [(line.partner.name, line.amount_minor, line.currency) for line in clawed.select_related("partner")] == [
        ("Mercator Labs", -1_440_00, "USD")
    ]
    assert CommissionLine.objects.filter(held_until__gt=world().anchor, amount_minor__gt=0).count() == 33


def test_statements_are_issued_up_to_the_month_before_last() -> None:
    months = Statement.objects.order_by("-month").values_list("month", flat=True)
    assert months[0].isoformat() == "2026-09-01"
    assert Statement.objects.filter(month=months[0]).count() == 7


def test_the_commissions_of_the_last_month_wait_for_somebody_other_than_who_prepared_them() -> None:
    waiting = ApprovalRun.objects.filter(state="prepared").order_by("currency")
    assert [(run.number, run.prepared_by_label) for run in waiting] == [
        ("AR-2026-10-EUR-1", "Helen Marsh"),
        ("AR-2026-10-GBP-1", "Helen Marsh"),
        ("AR-2026-10-USD-1", "Helen Marsh"),
    ]
    earlier = ApprovalRun.objects.filter(state="approved")
    assert set(earlier.values_list("prepared_by_label", "approved_by_label")) == {("Graham Pike", "Helen Marsh")}


def test_an_import_of_this_morning_has_seven_refused_rows() -> None:
    refused = Import.objects.get(rows_refused__gt=0)
    assert (refused.file_name, refused.rows_read, refused.rows_added) == ("hubspot-webinar-attendance.csv", 38, 31)
    assert ImportRefusal.objects.filter(batch=refused).count() == 7


def test_the_activity_stream_tells_the_story_in_the_order_of_time() -> None:
    instants = list(ActivityEntry.objects.order_by("position").values_list("at", flat=True))
    assert instants == sorted(instants)
    assert len(instants) == 1_588


def test_asking_again_keeps_the_workspace(lumen_labs: Workspace) -> None:
    assert demo_workspace(now=NOON + timedelta(days=3)) == lumen_labs
    assert Opportunity.objects.count() == len(world().opportunities)
