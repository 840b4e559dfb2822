"""A deal that the CRM moves to another account, as where two are merged, keeps the credit of who registered it."""

from datetime import date, timedelta

import pytest

from tallystick.attribution.models import Credit, Decision, Touch
from tallystick.attribution.services.pending import mark_opportunities
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import DealRegistration, Lead
from tallystick.flows import attribution
from tallystick.flows.leads import accept_lead
from tallystick.flows.registrations import approve_registration
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tallystick.platform.invariants import violations
from tallystick.platform.tenancy import Scope
from tests.factories import make_row
from tests.factories.leads import introduce
from tests.factories.revenue import make_partner
from tests.integration.deals.claims import ACTOR, AT, submit

pytestmark = pytest.mark.usefixtures("vendor")


def decide(days: int) -> None:
    list(attribution.decide(Actor.job("test"), at=AT + timedelta(days=days)))


def deal() -> Opportunity:
    account = make_row(Account, name="Cellvia", domain="cellvia.com")
    return make_row(Opportunity, account=account, name="Cellvia", status="open", opened_on=date(2026, 11, 23))


def move(moved: Opportunity) -> Opportunity:
    """Move the deal to an account it is merged into, as an import does, and return another deal of that account."""
    holding = make_row(Account, name="Holding", domain="holding.example", external_id="holding")
    moved.account = holding
    moved.save()
    other = make_row(
        Opportunity, account=holding, name="Other", status="open", opened_on=date(2026, 11, 24), external_id="other"
    )
    mark_opportunities([moved.pk, other.pk])
    return other


def source_of(opportunity: Opportunity) -> list[Partner]:
    assert Decision.objects.filter(opportunity=opportunity, is_current=True).exists()
    return [credit.partner for credit in Credit.objects.filter(opportunity=opportunity, is_current=True)]


def test_the_partner_that_registered_a_deal_keeps_it_where_its_account_is_merged(vendor: Scope) -> None:
    partner, opportunity = make_partner("Corvid"), deal()
    made = submit(partner.pk).registration
    approve_registration(ACTOR, registration_id=made.pk, at=AT)
    decide(4)
    assert source_of(opportunity) == [partner]

    other = move(opportunity)
    decide(5)
    decide(6)

    assert source_of(opportunity) == [partner]
    assert source_of(other) == []
    assert Touch.objects.count() == 2
    assert DealRegistration.objects.get().state == "converted"
    assert list(violations(workspace_id=vendor.workspace_id or 0)) == []


def test_the_partner_that_introduced_a_lead_keeps_the_deal_it_became(vendor: Scope) -> None:
    partner, opportunity = make_partner("Corvid"), deal()
    lead = introduce(partner, website="cellvia.com", at=AT).lead
    accept_lead(ACTOR, lead_id=lead.pk, at=AT)
    decide(4)
    assert Lead.objects.get().state == "converted"

    other = move(opportunity)
    decide(5)
    decide(6)

    assert source_of(opportunity) == [partner]
    assert source_of(other) == []
    assert list(violations(workspace_id=vendor.workspace_id or 0)) == []
