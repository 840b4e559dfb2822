"""Opportunities are decided again when their facts or policy change, and only then."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tallystick.attribution import models
from tallystick.attribution.models import Credit, Decision, PendingOpportunity, PolicyVersion, Touch
from tallystick.attribution.rules import facts as rule_facts
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import (
    TouchRefused,
    decide_pending,
    load_touches,
    mark_opportunities,
    publish_policy,
    record_touch,
)
from tallystick.commissions.models import PendingInvoice
from tallystick.crm.models import Invoice
from tallystick.flows.attribution import DecideReport, decide
from tallystick.flows.partners import add_partner
from tallystick.partners.models import PartnerType
from tallystick.platform.activity import verify_chain
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import Scope
from tests.factories import make_row

from .facts import ACTOR, AT, current, day, make_account, make_meeting, make_opportunity, make_partner, new_touch


def decide_all() -> DecideReport:
    return [DecideReport(), *decide(ACTOR, at=AT)][-1]


def test_the_kinds_stored_are_the_kinds_the_rules_know() -> None:
    assert [kind.value for kind in models.TouchKind] == [kind.value for kind in rule_facts.TouchKind]


def test_a_touch_makes_its_partner_the_source(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    opportunity = make_opportunity(account)
    record_touch(ACTOR, touch=new_touch(partner, account), at=AT)

    assert decide_all() == DecideReport(taken=1, changed=1)
    decision = current(opportunity)
    assert (decision.credit_class, decision.version, decision.policy.number) == ("sourced", 1, 1)
    assert [(c.partner_id, c.role, c.share_ppm) for c in decision.credits.all()] == [(partner.pk, "source", 1_000_000)]


def test_an_opportunity_without_evidence_is_direct_and_one_without_account_is_a_gap(vendor: Scope) -> None:
    with_account, without = make_opportunity(make_account()), make_opportunity(None, key="O2", opened=None)
    mark_opportunities([with_account.pk, without.pk])
    decide_all()

    assert (current(with_account).credit_class, current(with_account).gaps) == ("direct", [])
    assert (current(without).credit_class, current(without).gaps) == ("direct", ["no_account"])


def test_the_partner_the_crm_names_counts_and_is_a_gap_while_uncredited(vendor: Scope) -> None:
    partner, account = make_partner("Corvid GmbH"), make_account()
    won = make_opportunity(account, closed="2026-06-01", named="CORVID")
    mark_opportunities([won.pk])
    decide_all()
    assert current(won).gaps == ["named_uncredited"]

    meeting = new_touch(partner, account, kind=TouchKind.CO_SELL_MEETING, on="2026-04-01", learned="2026-04-01")
    record_touch(ACTOR, touch=meeting, at=AT)
    decide_all()
    decision = current(won)
    assert (decision.version, decision.credit_class, decision.gaps) == (2, "influenced", [])
    assert Touch.objects.count() == 1


def test_adding_the_partner_that_the_crm_names_decides_its_deals_again(vendor: Scope) -> None:
    won = make_opportunity(make_account(), closed="2026-06-01", named="Korvid, Inc.")
    mark_opportunities([won.pk])
    decide_all()
    assert current(won).record["gaps"] == [{"kind": "named_uncredited", "partners": [], "named": "Korvid, Inc."}]

    korvid = add_partner(ACTOR, name="Korvid", type=PartnerType.REFERRAL, on=day("2026-11-22"), at=AT)
    decide_all()
    assert current(won).record["gaps"] == [
        {"kind": "named_uncredited", "partners": [korvid.pk], "named": "Korvid, Inc."}
    ]


def test_our_meeting_before_the_touch_makes_it_direct(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    opportunity = make_opportunity(account)
    make_meeting(account, on="2026-01-20")
    record_touch(ACTOR, touch=new_touch(partner, account), at=AT)
    decide_all()

    assert current(opportunity).credit_class == "influenced"


def test_our_other_open_opportunity_makes_it_direct(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    earlier = make_opportunity(account, key="O0", opened="2025-12-01")
    opportunity = make_opportunity(account)
    late_for_the_earlier = new_touch(partner, account)
    record_touch(ACTOR, touch=late_for_the_earlier, at=AT)
    decide_all()

    assert current(opportunity).credit_class == "influenced"
    assert current(earlier).credit_class == "influenced"


def test_a_touch_told_twice_is_one_touch(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    make_opportunity(account)
    first = record_touch(ACTOR, touch=new_touch(partner, account), at=AT)
    decide_all()
    again = record_touch(ACTOR, touch=new_touch(partner, account, on="2026-01-01"), at=AT)

    assert again.pk == first.pk
    assert again.happened_on == day("2026-02-01")
    assert PendingOpportunity.objects.count() == 0


def test_deciding_again_without_new_facts_writes_nothing(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    opportunity = make_opportunity(account)
    record_touch(ACTOR, touch=new_touch(partner, account), at=AT)
    decide_all()
    entries = ActivityEntry.objects.count()
    mark_opportunities([opportunity.pk, opportunity.pk])

    assert decide_all() == DecideReport(taken=1, changed=0)
    assert Decision.objects.count() == 1
    assert ActivityEntry.objects.count() == entries


def test_a_changed_decision_keeps_the_old_version_and_marks_its_invoices(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    opportunity = make_opportunity(account)
    invoice = make_row(Invoice, account=account, opportunity=opportunity, net_minor=10, tax_minor=2, gross_minor=12)
    mark_opportunities([opportunity.pk])
    decide_all()
    PendingInvoice.objects.all().delete()
    record_touch(ACTOR, touch=new_touch(partner, account), at=AT)
    decide_all()

    versions = Decision.objects.filter(opportunity=opportunity).order_by("version")
    assert [(d.version, d.credit_class, d.is_current) for d in versions] == [
        (1, "direct", False),
        (2, "sourced", True),
    ]
    assert [pending.invoice_id for pending in PendingInvoice.objects.all()] == [invoice.pk]


def test_a_touch_learned_after_the_lock_changes_nobodys_credit(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    won = make_opportunity(account, closed="2026-06-01")
    record_touch(ACTOR, touch=new_touch(partner, account, learned="2026-07-02"), at=AT)
    decide_all()

    assert current(won).credit_class == "direct"
    assert Credit.objects.count() == 0


def test_publishing_a_policy_decides_unlocked_opportunities_anew_and_leaves_locked_ones(vendor: Scope) -> None:
    partner, account, other = make_partner(), make_account(), make_account("A2")
    unlocked = make_opportunity(account, opened="2026-11-01", known="2026-11-01")
    locked = make_opportunity(other, key="O2", closed="2026-06-01")
    record_touch(ACTOR, touch=new_touch(partner, account, on="2026-11-05"), at=AT)
    record_touch(ACTOR, touch=new_touch(partner, other, key="T2"), at=AT)
    decide_all()
    assert current(unlocked).credit_class == "sourced"

    publish_policy(ACTOR, document={"grace_days": 0}, at=AT)
    assert [pending.opportunity_id for pending in PendingOpportunity.objects.all()] == [unlocked.pk]
    decide_all()
    assert (current(unlocked).credit_class, current(unlocked).policy.number) == ("influenced", 2)
    mark_opportunities([locked.pk])
    decide_all()
    assert (current(locked).version, current(locked).policy.number) == (1, 1)


def test_a_published_policy_never_changes(vendor: Scope) -> None:
    version = publish_policy(ACTOR, document={}, at=AT)

    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(number=7)


def test_a_touch_from_the_future_or_for_another_accounts_deal_is_refused(vendor: Scope) -> None:
    partner, account, other = make_partner(), make_account(), make_account("A2")
    opportunity = make_opportunity(other)

    with pytest.raises(TouchRefused, match="after the day we learned of it"):
        record_touch(ACTOR, touch=new_touch(partner, account, on="2026-02-02", learned="2026-02-01"), at=AT)
    with pytest.raises(TouchRefused, match="belongs to another account"):
        record_touch(ACTOR, touch=new_touch(partner, account, opportunity=opportunity), at=AT)
    assert Touch.objects.count() == 0


def test_many_touches_are_loaded_once_with_one_entry_in_the_activity_stream(vendor: Scope) -> None:
    partner, account = make_partner(), make_account()
    make_opportunity(account)
    touches = [new_touch(partner, account, key=f"T{number}") for number in range(5)]

    assert load_touches(ACTOR, touches=[*touches, *touches], at=AT) == 5
    assert load_touches(ACTOR, touches=touches, at=AT) == 0
    assert [entry.verb for entry in ActivityEntry.objects.all()] == ["touches_loaded"]
    assert verify_chain().holds


def test_the_order_in_which_facts_arrive_leaves_no_trace(vendor: Scope) -> None:
    partner, rival, account = make_partner(), make_partner("Northwind"), make_account()
    opportunity = make_opportunity(account)
    lead = new_touch(partner, account)
    intro = new_touch(rival, account, kind=TouchKind.INTRODUCTION_ACCEPTED, on="2026-01-05", key="T2")
    record_touch(ACTOR, touch=lead, at=AT)
    decide_all()
    record_touch(ACTOR, touch=intro, at=AT)
    decide_all()
    one_by_one = current(opportunity)
    elsewhere = make_account("A2")
    other = make_opportunity(elsewhere, key="O9")
    for touch in (intro, lead):
        again = replace(touch, account_id=elsewhere.pk, external_id=f"{touch.external_id}-elsewhere")
        record_touch(ACTOR, touch=again, at=AT)
    decide_all()
    at_once = current(other)

    assert at_once.version == 1
    assert one_by_one.version == 2
    assert at_once.record["source"] == one_by_one.record["source"] == partner.pk
    assert at_once.record["shares"] == one_by_one.record["shares"]


def test_a_chunk_takes_as_many_queries_for_fifty_opportunities_as_for_five(vendor: Scope) -> None:
    partner = make_partner()

    def queries_for(count: int, prefix: str) -> int:
        for number in range(count):
            account = make_account(f"{prefix}{number}")
            make_opportunity(account, key=f"{prefix}{number}")
            record_touch(ACTOR, touch=new_touch(partner, account, key=f"{prefix}{number}"), at=AT)
        with CaptureQueriesContext(connection) as queries:
            assert decide_pending(ACTOR, at=AT).taken == count
        return len(queries)

    queries_for(1, "warm")
    assert queries_for(5, "few") == queries_for(50, "many")
