"""What follows the CRM never waits in a circle with whoever registers a deal at the same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import DealRegistration
from tallystick.deals.services import approve_registration, expire_protections
from tallystick.deals.services.protections import claim_protection
from tallystick.deals.services.recording import record
from tallystick.flows.registrations import follow_crm
from tallystick.partners.models import Partner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit

SECONDS_TO_WAIT = 20
WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
LATER = AT + timedelta(days=120)


def became_a_deal(partner: Partner, company: str) -> DealRegistration:
    """Register a company, approve it, and let the CRM bring its account and opportunity."""
    website = f"{company.lower()}.com"
    made = submit(partner.pk, claim(company, website=website)).registration
    approve_registration(ACTOR, registration_id=made.pk, at=AT)
    account = make_row(Account, name=company, normalised_name=company.lower(), domain=website, external_id=company)
    make_row(Opportunity, name=company, account=account, external_id=company, opened_on=date(2026, 11, 21))
    return made


@pytest.mark.django_db(transaction=True)
def test_a_company_taken_again_waits_for_the_rival_while_the_chain_is_free(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        corvid, rival = make_row(Partner, name="Corvid"), make_row(Partner, name="Kite")
        first, second = became_a_deal(corvid, "Alder"), became_a_deal(corvid, "Birch")
        expire_protections(ACTOR, at=LATER)
        rivals = submit(rival.pk, claim("Cedar", website="cedar.com")).registration
        rivals.account_key = second.account_key
    holds = Event()

    def hold_the_company_and_then_write() -> None:
        try:
            with scope(workspace_id=workspace.pk), transaction.atomic():
                assert claim_protection(rivals, product_key="", at=LATER)
                holds.set()
                until = time.monotonic() + SECONDS_TO_WAIT
                with connection.cursor() as cursor:
                    while time.monotonic() < until:
                        cursor.execute(WAITERS)
                        if cursor.fetchone() != (0,):
                            break
                        time.sleep(0.02)
                record(ACTOR, rivals, verb="registration_resumed", words="is open again", at=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as threads, scope(workspace_id=workspace.pk):
        held = threads.submit(hold_the_company_and_then_write)
        assert holds.wait(timeout=SECONDS_TO_WAIT)
        follow_crm(ACTOR, at=LATER)
        held.result(timeout=SECONDS_TO_WAIT)

        states = {made.pk: DealRegistration.objects.get(pk=made.pk).state for made in (first, second)}
        assert states == {first.pk: "converted", second.pk: "expired"}
        assert DealRegistration.objects.get(pk=second.pk).opportunity is not None
