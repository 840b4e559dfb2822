"""Approval runs: prepared by one, approved by another, undone while nothing is stated; a line is in one at most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from tallystick.attribution.services import mark_opportunities
from tallystick.commissions.approvals import approval_terms, partner_totals, with_progress
from tallystick.commissions.invariants import runs_are_sums_of_lines, statements_carry_approved_lines
from tallystick.commissions.line_states import LineState, line_state, lines_in_state
from tallystick.commissions.models import ApprovalRun, ApprovalRunLine, BlockedLine, CommissionLine, Statement
from tallystick.commissions.queries import commission_totals
from tallystick.commissions.rules.run_checks import Check, CheckResult, run_checks
from tallystick.commissions.run_facts import run_facts
from tallystick.commissions.services import (
    ApprovalRefused,
    approve_approval_run,
    issue_statements,
    mark_invoices,
    prepare_approval_run,
    prepare_approval_runs,
    reject_approval_run,
    set_approval_policy,
    set_lines_aside,
    settle_pending,
    take_line_back,
    undo_approval_run,
)
from tallystick.crm.models import Account, Invoice, Opportunity, Payment
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.approvals import approve_month, person
from tests.factories.revenue import credit, make_invoice, make_partner, make_plan, pay, refund

ACTOR = Actor.job("test")
IN_APRIL, IN_MAY = date(2026, 4, 30), date(2026, 5, 31)
TODAY = date(2026, 11, 20)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]


@pytest.fixture
def invoice(vendor: object) -> Invoice:
    """12,000.00 EUR net and 20 % VAT, half paid on 15 March and half on 10 April; 10 %, held for 30 days."""
    make_plan()
    deal = make_row(Opportunity, account=make_row(Account, name="Cellvia"), status="won", currency="EUR")
    credit(deal, {make_partner(): 1_000_000})
    invoice = make_invoice(deal, nets=[900_000, 300_000])
    pay(invoice, 720_000, date(2026, 3, 15), key="p1")
    pay(invoice, 720_000, date(2026, 4, 10), key="p2")
    settle(invoice)
    return invoice


def settle(invoice: Invoice) -> None:
    mark_invoices(invoice_ids=[invoice.pk])
    list(settle_pending(ACTOR))


def prepared(through: date = IN_APRIL, *, by: str = "Petra Prepares") -> ApprovalRun:
    return prepare_approval_run(person(by), through=through, currency="EUR")


def approved(run: ApprovalRun) -> ApprovalRun:
    return approve_approval_run(person("Axel Approves"), run_id=run.pk)


def states() -> list[str]:
    lines = with_progress(CommissionLine.objects.select_related("reversed_by", "statement_line"))
    lines = lines.order_by("earned_on", "pk")
    return [line_state(line, on=TODAY).value for line in lines]


def violations() -> list[str]:
    return [*runs_are_sums_of_lines(), *statements_carry_approved_lines()]


def check_of(run: ApprovalRun, id: str) -> Check:
    return next(check for check in run_checks(run_facts(run), terms=approval_terms()) if check.id == id)


def test_a_run_takes_what_is_earned_by_its_day_and_nothing_that_is_held(invoice: Invoice) -> None:
    run = prepared()
    assert (run.number, run.lines, run.total_minor) == ("AR-2026-04-EUR-1", 2, 60_000)
    assert prepared(IN_MAY).total_minor == 60_000


def test_a_run_tells_each_partner_s_total(invoice: Invoice) -> None:
    [total] = partner_totals(prepared())
    assert (total.name, total.lines, total.total) == ("Corvid Consulting", 2, Money(60_000, "EUR"))


def test_a_line_goes_from_earned_to_approved_to_a_statement(invoice: Invoice) -> None:
    assert states() == ["earned"] * 4
    approved(prepared())
    assert states() == ["approved", "approved", "earned", "earned"]
    issue_statements(ACTOR, month=Month(2026, 4))
    assert states() == ["on_statement", "on_statement", "earned", "earned"]
    assert Statement.objects.get().total_minor == 60_000
    assert violations() == []


def test_each_line_is_in_the_state_its_filter_finds_it_in(invoice: Invoice) -> None:
    set_lines_aside(ACTOR, line_ids=[CommissionLine.objects.order_by("-pk")[0].pk], reason="The customer disputes it.")
    approved(prepared())
    refund(invoice, 144_000, date(2026, 4, 20), key="r1")
    settle(invoice)
    lines = with_progress(CommissionLine.objects.select_related("reversed_by", "statement_line"))
    found = {state: set(lines_in_state(lines, state, on=TODAY).values_list("pk", flat=True)) for state in LineState}
    assert {line.pk: line_state(line, on=TODAY) for line in lines} == {
        key: state for state, keys in found.items() for key in keys
    }
    assert sum(map(len, found.values())) == CommissionLine.objects.count()


def test_totals_follow_the_money_from_earned_to_statements(invoice: Invoice) -> None:
    def figures() -> tuple[int, ...]:
        [total] = commission_totals(on=TODAY)
        return total.held.minor, total.earned.minor, total.approved.minor, total.on_statements.minor

    assert figures() == (0, 120_000, 0, 0)
    approved(prepared())
    assert figures() == (0, 60_000, 60_000, 0)
    issue_statements(ACTOR, month=Month(2026, 4))
    assert figures() == (0, 60_000, 0, 60_000)


def test_what_is_approved_once_is_in_no_other_run(invoice: Invoice) -> None:
    approved(prepared())
    with pytest.raises(ApprovalRefused, match="Nothing is earned in EUR up to 2026-04-30"):
        prepared()


def test_a_day_that_is_not_over_cannot_be_prepared(invoice: Invoice) -> None:
    with pytest.raises(ApprovalRefused, match="2199-01-31 is not over yet"):
        prepared(date(2199, 1, 31))


def test_a_closed_month_has_no_more_runs(invoice: Invoice) -> None:
    approve_month(Month(2026, 4))
    issue_statements(ACTOR, month=Month(2026, 4))
    with pytest.raises(ApprovalRefused, match="2026-03 is closed"):
        prepared(date(2026, 3, 31))


def test_below_the_limit_one_person_may_do_both(invoice: Invoice) -> None:
    run = prepared(by="Axel Approves")
    assert approved(run).state == "approved"


def test_above_the_limit_who_prepared_is_refused_and_nothing_changes(invoice: Invoice) -> None:
    set_approval_policy(ACTOR, four_eyes_above_minor=50_000, rate_age_days=4, change_percent=25)
    run = prepared(by="Axel Approves")
    with pytest.raises(ApprovalRefused, match="Axel Approves prepared this run; above the limit somebody else"):
        approved(run)
    run.refresh_from_db()
    assert (run.state, run.approved_at) == ("prepared", None)
    assert ApprovalRunLine.objects.filter(approved_at__isnull=False).count() == 0


def test_a_deal_that_waits_to_be_decided_stops_the_approval(invoice: Invoice) -> None:
    run = prepared()
    mark_opportunities([invoice.opportunity_id or 0])
    with pytest.raises(ApprovalRefused, match="Still to be decided: 1 deals"):
        approved(run)


def test_a_line_without_a_payment_stops_the_approval(invoice: Invoice) -> None:
    run = prepared()
    Payment.objects.all().delete()
    assert check_of(run, "payments").count == 2
    with pytest.raises(ApprovalRefused, match="2 lines have no payment behind them"):
        approved(run)


def test_rejecting_frees_the_lines_and_keeps_what_was_in_the_run(invoice: Invoice) -> None:
    run = reject_approval_run(ACTOR, run_id=prepared().pk, reason="The rate is wrong.")
    assert (run.state, run.end_reason, run.run_lines.count()) == ("rejected", "The rate is wrong.", 2)
    assert prepared().number == "AR-2026-04-EUR-2"


def test_nothing_is_rejected_without_a_reason(invoice: Invoice) -> None:
    run = prepared()
    with pytest.raises(ApprovalRefused, match="Say why"):
        reject_approval_run(ACTOR, run_id=run.pk, reason="  ")
    run.refresh_from_db()
    assert run.state == "prepared"


def test_an_approval_is_undone_while_nothing_is_stated(invoice: Invoice) -> None:
    run = approved(prepared())
    undo_approval_run(ACTOR, run_id=run.pk, reason="Approved the wrong month.")
    assert states() == ["earned"] * 4
    assert approved(prepared()).total_minor == 60_000


def test_an_approval_on_a_statement_is_final(invoice: Invoice) -> None:
    [run] = approve_month(Month(2026, 4))
    issue_statements(ACTOR, month=Month(2026, 4))
    with pytest.raises(ApprovalRefused, match="2 of its lines stand on statements"):
        undo_approval_run(ACTOR, run_id=run.pk, reason="Too late.")
    assert violations() == []


def test_a_run_that_ended_never_changes_again(invoice: Invoice) -> None:
    run = reject_approval_run(ACTOR, run_id=prepared().pk, reason="No.")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        ApprovalRun.objects.filter(pk=run.pk).update(total_minor=0, given_minor=0)


def test_a_line_corrected_after_approval_is_a_negative_line_of_the_next_run(invoice: Invoice) -> None:
    approved(prepared())
    refund(invoice, 720_000, date(2026, 3, 20), key="r1")
    settle(invoice)
    issue_statements(ACTOR, month=Month(2026, 4))
    run = approved(prepared(IN_MAY))
    assert run.taken_minor < 0
    issue_statements(ACTOR, month=Month(2026, 5))
    earned = sum(CommissionLine.objects.values_list("amount_minor", flat=True))
    assert sum(Statement.objects.values_list("total_minor", flat=True)) == earned == 60_000
    assert violations() == []


def test_lines_corrected_since_a_run_was_prepared_are_named_before_it_is_approved(invoice: Invoice) -> None:
    run = prepared()
    credit(Opportunity.objects.get(), {make_partner("Orchard"): 1_000_000})
    settle(invoice)
    check = check_of(run, "corrected")
    assert (check.result, check.count) == (CheckResult.LOOK, 2)


def test_a_line_set_aside_leaves_its_run_and_comes_back_with_the_next(invoice: Invoice) -> None:
    run, line = prepared(), CommissionLine.objects.order_by("pk")[0]
    set_lines_aside(ACTOR, line_ids=[line.pk], reason="The customer disputes it.")
    run.refresh_from_db()
    assert (run.lines, run.total_minor) == (1, 15_000)
    assert states()[0] == "set_aside"
    approved(run)
    take_line_back(ACTOR, line_id=line.pk)
    assert prepared().total_minor == 45_000
    assert violations() == []


def test_setting_aside_the_last_line_rejects_the_run(invoice: Invoice) -> None:
    run = prepared()
    set_lines_aside(ACTOR, line_ids=list(CommissionLine.objects.values_list("pk", flat=True)), reason="All disputed.")
    run.refresh_from_db()
    assert (run.state, run.end_reason) == ("rejected", "Every line was taken out.")


def test_an_approved_line_cannot_be_set_aside(invoice: Invoice) -> None:
    approved(prepared())
    line = CommissionLine.objects.order_by("pk")[0]
    with pytest.raises(ApprovalRefused, match="undo its approval run first"):
        set_lines_aside(ACTOR, line_ids=[line.pk], reason="Disputed.")
    assert states()[0] == "approved"


def test_a_line_set_aside_and_then_corrected_cancels_out(invoice: Invoice) -> None:
    set_lines_aside(ACTOR, line_ids=list(CommissionLine.objects.values_list("pk", flat=True)), reason="Disputed.")
    credit(Opportunity.objects.get(), {make_partner("Orchard"): 1_000_000})
    settle(invoice)
    totals = {total.name: total.total.minor for total in partner_totals(prepared(IN_MAY))}
    assert totals == {"Corvid Consulting": 0, "Orchard": 120_000}


def test_what_happened_to_a_run_is_in_the_stream_and_each_partner_reads_its_own(invoice: Invoice) -> None:
    run = approved(prepared())
    undo_approval_run(ACTOR, run_id=run.pk, reason="Wrong month.")
    verbs = ActivityEntry.objects.filter(subject_kind="approval_run").order_by("position")
    assert list(verbs.values_list("verb", flat=True)) == [
        "approval_run_prepared",
        "commissions_approved",
        "approval_run_approved",
        "commissions_approval_undone",
        "approval_run_undone",
    ]
    assert verbs.filter(partner_id__isnull=False).count() == 2


def test_the_checks_an_approver_saw_are_kept_with_the_run(invoice: Invoice) -> None:
    make_row(BlockedLine, invoice=invoice, reason="deal.term_months is not known.")
    run = approved(prepared())
    kept = {check["id"]: check["result"] for check in run.checks}
    assert kept["blocked"] == "look"
    assert kept["payments"] == "fine"


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_prepare_at_once_each_line_goes_to_one_run(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        make_plan()
        deal = make_row(Opportunity, account=make_row(Account), status="won", currency="EUR")
        credit(deal, {make_partner(): 1_000_000})
        for number in range(6):
            each = make_invoice(deal, nets=[100_000], number=f"I-{number}", external_id=f"i{number}")
            pay(each, 120_000, date(2026, 3, 15), key=f"p{number}")
            settle(each)
    start = Barrier(8)

    def prepare(_: int) -> int:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            with scope(workspace_id=workspace.pk):
                return len(prepare_approval_runs(ACTOR, through=IN_APRIL))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as threads:
        runs = list(threads.map(prepare, range(8)))
    with scope(workspace_id=workspace.pk):
        assert sorted(runs) == [0, 0, 0, 0, 0, 0, 0, 1]
        assert ApprovalRun.objects.get().total_minor == 60_000
        assert ApprovalRunLine.objects.count() == 6


def test_no_line_can_be_in_two_live_runs(invoice: Invoice) -> None:
    run = prepared()
    member = run.run_lines.order_by("pk")[0]
    with pytest.raises(IntegrityError, match="a_line_is_in_one_live_approval_run"), transaction.atomic():
        ApprovalRunLine.objects.create(
            workspace_id=run.workspace_id, run=run, partner_id=member.partner_id, line_id=member.line_id
        )
