"""The funnel of registrations and the waterfall of a statement: their figures are the rows they open to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from django.test import Client

from tallystick.commissions.models import CommissionLine, Statement, StatementLine
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.deals.funnel import Reached, registration_funnel, registrations_that_reached
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.partners.models import Partner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.people import browser_of, make_member, make_partner

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon_of_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace)


def claim(partner: Partner, company: str, state: RegistrationState, *, deal: OpportunityStatus | None = None) -> None:
    """Register a deal that was approved unless it is in review, declined or withdrawn."""
    never = {RegistrationState.SUBMITTED, RegistrationState.DECLINED, RegistrationState.WITHDRAWN}
    make_row(
        DealRegistration,
        workspace=partner.workspace,
        partner=partner,
        company=company,
        state=state,
        protected_until=None if state in never else date(2027, 1, 31),
        opportunity=None if deal is None else make_row(Opportunity, workspace=partner.workspace, status=deal),
    )


def test_six_registrations_of_which_four_were_approved_three_became_deals_and_one_was_won(
    browser: Client, workspace: Workspace, partner: Partner
) -> None:
    with scope(workspace_id=workspace.pk):
        claim(partner, "In review", RegistrationState.SUBMITTED)
        claim(partner, "Turned down", RegistrationState.DECLINED)
        claim(partner, "Ran out", RegistrationState.EXPIRED)
        claim(partner, "Still open", RegistrationState.APPROVED, deal=OpportunityStatus.OPEN)
        claim(partner, "Lost it", RegistrationState.LOST, deal=OpportunityStatus.LOST)
        claim(partner, "Won it", RegistrationState.WON, deal=OpportunityStatus.WON)
        claim(make_partner(workspace, "Corvid"), "Somebody else's", RegistrationState.WON, deal=OpportunityStatus.WON)
        counts = registration_funnel(partner.pk)
        rows = {step: registrations_that_reached(step, partner_id=partner.pk).count() for step in Reached}

    assert counts == {Reached.SUBMITTED: 6, Reached.APPROVED: 4, Reached.OPPORTUNITY: 3, Reached.WON: 1}
    assert rows == counts
    page = unescape(browser.get(f"/partners/{partner.pk}/?tab=deals").content.decode())
    assert "Approved: 4, 67% of the step before" in page
    assert "Won: 1, 33% of the step before" in page
    opened = unescape(browser.get(f"/partners/{partner.pk}/?tab=deals&reached=opportunity").content.decode())
    assert [name for name in ("Still open", "Lost it", "Won it") if f">{name}</a>" in opened] == [
        "Still open",
        "Lost it",
        "Won it",
    ]
    assert ">Ran out</a>" not in opened
    assert ">Somebody else's</a>" not in opened


def test_a_partner_that_registered_nothing_has_no_funnel(browser: Client, partner: Partner) -> None:
    assert "How far its registrations came" not in browser.get(f"/partners/{partner.pk}/?tab=deals").content.decode()


def test_a_statement_that_opens_at_540_earns_700_takes_back_12_and_corrects_540_closes_at_688(
    browser: Client, workspace: Workspace, partner: Partner
) -> None:
    with scope(workspace_id=workspace.pk):
        statement = _november(workspace, partner)

    page = unescape(browser.get(f"/commissions/statements/{statement.pk}/").content.decode())
    for words in (
        "Opening balance: €540.00",
        "Earned: +€700.00",
        "Taken back: −€12.00",
        "Corrections: −€540.00",
        "Closing balance: €688.00",
    ):
        assert words in page
    for part, sum_of_rows, count in (
        ("earned", "€700.00", 2),
        ("taken-back", "−€12.00", 1),
        ("corrected", "−€540.00", 1),
    ):
        opened = unescape(browser.get(f"/commissions/statements/{statement.pk}/?part={part}").content.decode())
        assert len(re.findall(r"Show steps", opened)) == count
        foot = opened[opened.index("<tfoot>") : opened.index("</tfoot>")]
        assert sum_of_rows in foot
    assert browser.get(f"/commissions/statements/{statement.pk}/?part=else").status_code == 200


def _november(workspace: Workspace, partner: Partner) -> Statement:
    """Return a statement of four lines: 450 and 250 earned, 12 taken back, 540 of an earlier month reversed."""
    before = make_row(
        CommissionLine, workspace=workspace, partner=partner, amount_minor=54_000, currency="EUR", base_currency="EUR"
    )
    statement = make_row(
        Statement,
        workspace=workspace,
        partner=partner,
        month=date(2026, 11, 1),
        currency="EUR",
        opening_minor=54_000,
        total_minor=14_800,
        closing_minor=68_800,
    )
    for amount_minor, reverses in ((45_000, None), (25_000, None), (-1_200, None), (-54_000, before)):
        line = make_row(
            CommissionLine,
            workspace=workspace,
            partner=partner,
            amount_minor=amount_minor,
            currency="EUR",
            base_currency="EUR",
            reverses=reverses,
            explanation=EXPLAINED,
        )
        make_row(StatementLine, workspace=workspace, statement=statement, partner=partner, line=line)
    return statement


EXPLAINED = {"subject": "a line", "policy": "a plan", "conclusion": "an amount", "steps": []}
"""An explanation without steps: the arithmetic of lines is tried elsewhere."""
