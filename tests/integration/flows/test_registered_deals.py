"""A registered deal is found in the CRM, ends with its opportunity, and earns by the terms of registered deals."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tallystick.attribution.models import Credit
from tallystick.attribution.services import mark_opportunities
from tallystick.commissions.queries import effective_lines
from tallystick.commissions.services import mark_invoices
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import DealRegistration
from tallystick.deals.services import NewRegistration, expire_protections, link_opportunity, submit_registration
from tallystick.flows import attribution, registrations, settlement
from tallystick.kernel.money import Money
from tallystick.platform.actors import Actor
from tests.factories import make_row
from tests.factories.revenue import TEN_PERCENT, credit, make_invoice, make_partner, make_plan, pay

ACTOR = Actor.job("test")
SUBMITTED = datetime(2026, 1, 12, 9, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 9, tzinfo=UTC)
TWO_MORE = "uplifts:\n  - {id: registered, says: 2 % more, when: {deal.registered: true}, percent: 2}\n"


@pytest.mark.django_db
@pytest.mark.usefixtures("vendor")
def test_a_registration_finds_its_opportunity_is_won_with_it_and_its_invoice_earns_the_uplift() -> None:
    make_plan(TEN_PERCENT + TWO_MORE)
    partner = make_partner()
    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    claim = NewRegistration(company="Cellvia", website="cellvia.com", value=Money(6_000_000, "EUR"))
    receipt = submit_registration(ACTOR, partner_id=partner.pk, claim=claim, at=SUBMITTED, entropy=bytes(range(16)))
    registrations.approve_registration(ACTOR, registration_id=receipt.registration.pk, at=SUBMITTED)

    deal = make_row(
        Opportunity,
        account=account,
        status="won",
        currency="EUR",
        opened_on=date(2026, 1, 20),
        close_on=date(2026, 2, 20),
    )
    mark_opportunities([deal.pk])
    invoice = make_invoice(deal, nets=[100_000])
    pay(invoice, 120_000, date(2026, 3, 15), key="p1")
    mark_invoices(invoice_ids=[invoice.pk])
    list(attribution.decide(ACTOR, at=LATER))
    list(settlement.accrue(ACTOR, at=LATER))

    registration = DealRegistration.objects.get()
    assert (registration.opportunity_id, registration.state) == (deal.pk, "won")
    assert list(effective_lines().values_list("amount_minor", flat=True)) == [12_000]


@pytest.mark.django_db
@pytest.mark.usefixtures("vendor")
def test_a_crm_that_is_told_after_the_protection_ended_still_knows_whose_deal_it_was() -> None:
    partner = make_partner()
    claim = NewRegistration(company="Cellvia", website="cellvia.com", value=Money(6_000_000, "EUR"))
    receipt = submit_registration(ACTOR, partner_id=partner.pk, claim=claim, at=SUBMITTED, entropy=bytes(range(16)))
    registrations.approve_registration(ACTOR, registration_id=receipt.registration.pk, at=SUBMITTED)
    expire_protections(ACTOR, at=LATER)

    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    deal = make_row(Opportunity, account=account, status="open", opened_on=date(2026, 1, 20), close_on=None)
    mark_opportunities([deal.pk])
    list(attribution.decide(ACTOR, at=LATER))

    registration = DealRegistration.objects.get()
    assert (registration.opportunity_id, registration.state) == (deal.pk, "converted")
    assert [credit.partner_id for credit in Credit.objects.filter(role="source")] == [partner.pk]


@pytest.mark.django_db
@pytest.mark.usefixtures("vendor")
def test_an_approval_counts_on_its_day_in_the_time_zone_of_the_workspace() -> None:
    """Approved on 20 February at 23:30 UTC: the 21st in Berlin, a day after the deal was closed."""
    make_plan(TEN_PERCENT + TWO_MORE)
    partner = make_partner()
    deal = make_row(Opportunity, account=make_row(Account), status="won", currency="EUR", close_on=date(2026, 2, 20))
    credit(deal, {partner: 1_000_000})
    make_row(
        DealRegistration,
        partner=partner,
        opportunity=deal,
        state="won",
        protected_until=date(2026, 5, 21),
        decided_at=datetime(2026, 2, 20, 23, 30, tzinfo=UTC),
    )
    invoice = make_invoice(deal, nets=[100_000])
    pay(invoice, 120_000, date(2026, 3, 15), key="p1")
    mark_invoices(invoice_ids=[invoice.pk])
    list(settlement.accrue(ACTOR, at=LATER))
    assert list(effective_lines().values_list("amount_minor", flat=True)) == [10_000]


@pytest.mark.django_db
@pytest.mark.usefixtures("vendor")
def test_a_registration_that_was_withdrawn_earns_no_terms_of_registered_deals() -> None:
    make_plan(TEN_PERCENT + TWO_MORE)
    partner = make_partner()
    claim = NewRegistration(company="Cellvia", website="cellvia.com", value=Money(6_000_000, "EUR"))
    receipt = submit_registration(ACTOR, partner_id=partner.pk, claim=claim, at=SUBMITTED, entropy=bytes(range(16)))
    registrations.approve_registration(ACTOR, registration_id=receipt.registration.pk, at=SUBMITTED)
    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    deal = make_row(Opportunity, account=account, status="open", currency="EUR", opened_on=date(2026, 1, 20))
    link_opportunity(ACTOR, registration_id=receipt.registration.pk, opportunity_id=deal.pk, at=SUBMITTED)
    credit(deal, {partner: 1_000_000})
    invoice = make_invoice(deal, nets=[100_000])
    pay(invoice, 120_000, date(2026, 3, 15), key="p1")
    mark_invoices(invoice_ids=[invoice.pk])
    list(settlement.accrue(ACTOR, at=LATER))
    assert list(effective_lines().values_list("amount_minor", flat=True)) == [12_000]

    registrations.withdraw_registration(ACTOR, registration_id=receipt.registration.pk, at=LATER)
    list(settlement.accrue(ACTOR, at=LATER))
    assert sum(effective_lines().values_list("amount_minor", flat=True)) == 10_000
