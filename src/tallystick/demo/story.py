"""The scenes that are written, not drawn: what waits today, the conflict, the gaps, the line that is blocked.

Everything here starts from facts; that Tallystick shows a conflict, a gap or a block is its own finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from tallystick.demo.billing import Books
from tallystick.demo.cast import PartnerPlan, data
from tallystick.demo.chance import Chance
from tallystick.demo.claims import Claim, Outcome
from tallystick.demo.days import LONDON, working_day
from tallystick.demo.facts import Account, Opportunity, Refund, Touch
from tallystick.demo.pipeline import DIRECT, NEW, SOURCED, Deal

# Company, partner, who registered it, hours ago, value in minor units of the region's currency.
WAITING = (
    ("Cellvia", "Halden & Roe", "annika.halden@halden-roe.example", 26, 168_000_00),
    ("Ardent Pharma", "Ferrous IT", "bethan.moss@ferrous-it.example", 19, 48_000_00),
    ("Northgate Therapeutics", "Zephyr Informatics", "maya.lockwood@zephyr-informatics.example", 3, 54_000_00),
)
CONFLICT = "Cellvia"
CONFLICT_HOURS = 3
GAPS = 4
LATE_WITNESSES = 4
WITHOUT_ACCOUNT = 7


def waiting_claims(*, now: datetime, accounts: Sequence[Account], partners: Sequence[PartnerPlan]) -> tuple[Claim, ...]:
    """Return the registrations that wait for a decision, the oldest submitted 26 hours before `now`."""
    by_name = {account.name: account for account in accounts}
    known = {plan.name for plan in partners}
    claims = []
    for company, partner, person, hours, value_minor in WAITING:
        if partner not in known:
            raise ValueError(f"{partner} is not in the cast.")
        account = by_name[company]
        contact = Chance("waiting", company).pick(data("market")["last_names"].split())
        claims.append(
            Claim(
                partner=partner,
                submitted_by=person,
                company=account.name,
                website=account.domain,
                country=account.country,
                contact_name=f"Dr {contact}",
                contact_email=f"{contact.lower()}@{account.domain}",
                value_minor=value_minor,
                currency=data("market")["regions"][account.region]["currency"],
                submitted_at=now - timedelta(hours=hours),
                outcome=Outcome.WAITING,
            )
        )
    return tuple(claims)


def conflicting_opportunity(claims: Sequence[Claim], accounts: Sequence[Account]) -> Opportunity:
    """Return the deal the direct team opened on a company hours after a partner had registered it."""
    claim = next(claim for claim in claims if claim.company == CONFLICT)
    account = next(account for account in accounts if account.name == CONFLICT)
    opened_on = (claim.submitted_at + timedelta(hours=CONFLICT_HOURS)).astimezone(LONDON).date()
    return Opportunity(
        key="006LLCONFLICT1",
        seen_on=opened_on,
        account=account.key,
        account_named=account.key,
        product="lims",
        product_named="lims",
        name="Cellvia: Lumen LIMS",
        stage="Qualification",
        status="open",
        kind=NEW,
        amount_minor=claim.value_minor,
        currency=claim.currency,
        term_months=24,
        opened_on=opened_on,
        close_on=opened_on + timedelta(days=95),
        owner_name=account.owner_name,
        lead_source="Inbound",
        next_step="Security review",
        partner_named="",
    )


def name_partners_without_evidence(
    opportunities: Sequence[Opportunity], deals: Sequence[Deal], *, anchor: date, partners: Sequence[PartnerPlan]
) -> tuple[Opportunity, ...]:
    """Write a partner's name into four direct deals won of late: named in the CRM, and nothing else known."""
    chance = Chance("gaps")
    recent = [
        deal
        for deal in deals
        if deal.credit == DIRECT and deal.kind == NEW and deal.won and 5 <= (anchor - deal.closes_on).days <= 150
    ]
    named = {}
    for deal in chance.shuffled(recent)[:GAPS]:
        near = [plan for plan in partners if plan.region == deal.account.region and plan.works_on(deal.opened_on)]
        named[deal.key] = chance.pick(near or [plan for plan in partners if plan.works_on(deal.opened_on)]).name
    return tuple(
        replace(opportunity, partner_named=named.get(opportunity.key, opportunity.partner_named))
        for opportunity in opportunities
    )


def opportunities_without_account(*, anchor: date) -> tuple[Opportunity, ...]:
    """Return web enquiries the CRM has tied to no account."""
    made = []
    for turn in range(WITHOUT_ACCOUNT):
        chance = Chance("without account", turn)
        opened_on = working_day(anchor - timedelta(days=chance.between(3, 120)))
        made.append(
            Opportunity(
                key=f"006LLWEB{turn:05d}",
                seen_on=opened_on,
                account=None,
                account_named="",
                product="eln",
                product_named="eln",
                name=f"Web enquiry {opened_on:%d %b}, {chance.between(10, 60)} users",
                stage="Qualification",
                status="open",
                kind=NEW,
                amount_minor=chance.between(8, 20) * 1_000_00,
                currency="GBP",
                term_months=12,
                opened_on=opened_on,
                close_on=anchor + timedelta(days=chance.between(20, 90)),
                owner_name="Tom Albright",
                lead_source="Inbound",
                next_step="",
                partner_named="",
            )
        )
    return tuple(made)


def late_witnesses(deals: Sequence[Deal], *, anchor: date, partners: Sequence[PartnerPlan]) -> tuple[Touch, ...]:
    """Return leads we learned of only after the decision was locked: they change nothing, and the screen says so."""
    chance = Chance("late witnesses")
    closed = [
        deal
        for deal in deals
        if deal.credit == DIRECT and deal.won and deal.kind == NEW and 160 <= (anchor - deal.closes_on).days <= 420
    ]
    touches = []
    for deal in chance.shuffled(closed)[:LATE_WITNESSES]:
        partner = chance.pick([plan for plan in partners if plan.works_on(deal.opened_on)])
        learned_on = deal.closes_on + timedelta(days=chance.between(75, 110))
        touches.append(
            Touch(
                key=f"{deal.key}-late",
                seen_on=learned_on,
                partner=partner.name,
                account=deal.account.key,
                opportunity=deal.key,
                kind="lead_accepted",
                happened_on=deal.opened_on - timedelta(days=6),
                learned_on=learned_on,
                source="partner-log",
                proof=f"{partner.name} showed an e-mail of the buyer after the deal was closed",
            )
        )
    return tuple(touches)


def recent_refund(books: Books, deals: Sequence[Deal], *, anchor: date) -> Refund:
    """Return a refund of last month on a deal a partner had sourced and was paid for: the claw-back on the screen."""
    sourced = {deal.key for deal in deals if deal.credit == SOURCED and deal.kind == NEW}
    invoices = {invoice.key for invoice in books.invoices if invoice.opportunity in sourced}
    touched = {refund.payment for refund in books.refunds} | {note.invoice for note in books.credit_notes}
    last_month_ends = anchor.replace(day=1) - timedelta(days=1)
    refunded_on = last_month_ends - timedelta(days=9)
    payment = max(
        (
            payment
            for payment in books.payments
            if payment.invoice in invoices
            and payment.key not in touched
            and payment.invoice not in touched
            and 20 <= (refunded_on - payment.received_on).days <= 60
        ),
        key=lambda payment: (payment.amount_minor, payment.key),
    )
    return Refund(
        key=f"RF-{payment.key[4:]}",
        seen_on=refunded_on,
        invoice=payment.invoice,
        payment=payment.key,
        refunded_on=refunded_on,
        amount_minor=payment.amount_minor * 40 // 100,
        currency=payment.currency,
        reason="Validation not accepted by QA",
    )


def without_term(
    opportunities: Sequence[Opportunity], books: Books, deals: Sequence[Deal], *, types: Sequence[str]
) -> tuple[Opportunity, ...]:
    """Take the contract term out of one deal: a plan that asks for it cannot pay, and blocks the line.

    The deal is the one paid last among those of these partner types with a single line on a single invoice.
    """
    sourced = {deal.key for deal in deals if deal.credit == SOURCED and deal.partner and deal.partner.type in types}
    invoices = {invoice.key: invoice.opportunity for invoice in books.invoices}
    lines = Counter(invoices[line.invoice] for line in books.lines)
    last = max(
        (payment for payment in books.payments if invoices[payment.invoice] in sourced),
        key=lambda payment: (lines[invoices[payment.invoice]] == 1, payment.received_on, payment.key),
    )
    return tuple(
        replace(opportunity, term_months=None) if opportunity.key == invoices[last.invoice] else opportunity
        for opportunity in opportunities
    )
