"""A small company with something behind every page of the console: deals of each class, money, claims, files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch, mark_opportunities
from tallystick.commissions.models import (
    ApprovalRun,
    BlockedLine,
    CommissionLine,
    SellerPayRate,
    SellerPayVersion,
    Statement,
)
from tallystick.commissions.services import check_seller_pay, issue_statements, mark_invoices
from tallystick.crm.models import Account, Import, ImportRefusal, Opportunity, StageChange
from tallystick.deals.models import DealRegistration
from tallystick.deals.services import NewRegistration, submit_registration
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.flows import attribution, settlement
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.partners.models import Partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.approvals import approve_month
from tests.factories.people import make_partner_person
from tests.factories.revenue import TEN_PERCENT, make_invoice, make_partner, make_plan, pay, refund
from tests.factories.rows import make_row

TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ConsoleWorld:
    """The rows that tests open pages of."""

    workspace: Workspace
    partner: Partner
    won: Opportunity
    open: Opportunity
    homeless: Opportunity
    claim: DealRegistration
    line: CommissionLine
    statement: Statement
    run: ApprovalRun
    batch: Import


def make_console_world(workspace: Workspace) -> ConsoleWorld:
    """Return a workspace on 20 Nov 2026.

    Corvid sourced Cellvia (won, 12,000.00 EUR, paid in October and partly refunded in November) and introduced
    Northgate (open, 50,000.00 EUR); Orchid (open) has no account. Corvid's claim to Bluefin waits for a decision.
    """
    with scope(workspace_id=workspace.pk):
        make_plan(TEN_PERCENT.replace("hold_days: 30", "hold_days: 10"))
        partner = make_partner()
        make_partner_person(partner, name="Asha Patel", email="asha@corvid.example")
        won = _deal("Cellvia", status="won", stage="Closed won", amount_minor=1_200_000, close_on=date(2026, 9, 30))
        still_open = _deal("Northgate", status="open", stage="Proposal", amount_minor=5_000_000)
        homeless = _deal("Orchid", status="open", stage="Discovery", amount_minor=700_000, account=None)
        for at, deal in enumerate((won, still_open)):
            touch = NewTouch(
                partner_id=partner.pk,
                account_id=deal.account_id or 0,
                kind=TouchKind.INTRODUCTION_ACCEPTED,
                happened_on=date(2026, 7, 20),
                learned_on=date(2026, 7, 20),
                source="test",
                external_id=f"touch-{at}",
            )
            attribution.record_touch(SYSTEM, touch=touch, at=TODAY)
        mark_opportunities([won.pk, still_open.pk, homeless.pk])
        line, statement = _money(won)
        _seller_pay()
        return ConsoleWorld(
            workspace=workspace,
            partner=partner,
            won=won,
            open=still_open,
            homeless=homeless,
            claim=_claim(partner),
            line=line,
            statement=statement,
            run=ApprovalRun.objects.get(),
            batch=_file(),
        )


def _deal(name: str, **given: object) -> Opportunity:
    account = given.pop("account") if "account" in given else make_row(Account, name=name, country="DE")
    deal = make_row(
        Opportunity,
        **{
            "account": account,
            "name": f"{name} rollout",
            "kind": "new",
            "currency": "EUR",
            "opened_on": date(2026, 8, 3),
            "close_on": date(2026, 11, 28),
            "owner_name": "Tom Albright",
            "next_step": "Security review",
            **given,
        },
    )
    make_row(StageChange, opportunity=deal, stage="Discovery", status="open", entered_on=date(2026, 8, 3))
    return deal


def _money(won: Opportunity) -> tuple[CommissionLine, Statement]:
    invoice = make_invoice(won, nets=(900_000, 300_000), issued_on=date(2026, 10, 1))
    pay(invoice, 720_000, date(2026, 10, 12), key="payment-1")
    mark_invoices(invoice_ids=[invoice.pk])
    _decide_and_settle()
    approve_month(Month(2026, 10))
    [statement] = issue_statements(SYSTEM, month=Month(2026, 10))
    refund(invoice, 144_000, date(2026, 11, 5), key="refund-1")
    mark_invoices(invoice_ids=[invoice.pk])
    _decide_and_settle()
    make_row(BlockedLine, invoice=invoice, reason="The plan asks for deal.term_months, which is not known.")
    return CommissionLine.objects.order_by("pk")[0], statement


def _decide_and_settle() -> None:
    list(attribution.decide(SYSTEM, at=TODAY))
    list(settlement.accrue(SYSTEM))


def _seller_pay() -> None:
    """Pay AEs 8 % of what is kept; Cellvia is resold: Corvid earns 1,200.00 of its 12,000.00 EUR."""
    version = make_row(SellerPayVersion, number=1, paid_on="kept", tolerance_percent=0)
    percents = {"direct": 8, "sourced": 8, "influenced": 8, "resale": 8}
    make_row(SellerPayRate, version=version, seller="", product="", segment="", **percents)
    check_seller_pay(at=TODAY)


def _claim(partner: Partner) -> DealRegistration:
    claim = NewRegistration(company="Bluefin Diagnostics", website="bluefin.example.com", value=Money(4_000_000, "EUR"))
    receipt = submit_registration(
        SYSTEM, partner_id=partner.pk, claim=claim, at=TODAY, entropy=bytes(range(ENTROPY_NEEDED))
    )
    return receipt.registration


def _file() -> Import:
    batch = make_row(
        Import,
        kind="opportunities",
        source="salesforce",
        file_name="opportunities.csv",
        state="done",
        rows_read=120,
        rows_added=118,
        rows_refused=1,
        started_at=TODAY,
        reading={"format": "CSV, UTF-8, comma", "header": ["Id", "Amount"], "columns": {"Amount": "amount"}},
    )
    make_row(
        ImportRefusal, batch=batch, line=7, column="Amount", value="12,5,0", reason="Not a number.", row=["7", "=1+1"]
    )
    return batch
