"""The CRM learns of companies that were registered before: their accounts are found by what it brought, not by all."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tallystick.crm.models import Account
from tallystick.deals.models import DealRegistration
from tallystick.deals.services import link_accounts
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import Scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit

HOMELESS = 12


@pytest.fixture
def waiting(vendor: Scope) -> list[DealRegistration]:
    partner = make_row(Partner, name="Corvid")
    made = [
        submit(partner.pk, claim(f"Company {number}", website=f"company-{number}.com")) for number in range(HOMELESS)
    ]
    nameless = submit(partner.pk, claim("Fjord AS", website=""))
    return [receipt.registration for receipt in [*made, nameless]]


def test_those_the_crm_does_not_know_cost_nothing_each(waiting: list[DealRegistration]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert link_accounts(ACTOR, at=AT) == []

    # Who waits, accounts by domain, accounts by name, and those of them to lock: for thirteen as for one.
    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 4
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]


def test_only_those_the_crm_may_know_are_locked(waiting: list[DealRegistration]) -> None:
    make_row(Account, name="Company 3", normalised_name="company 3", domain="company-3.com")
    with CaptureQueriesContext(connection) as queries:
        link_accounts(ACTOR, at=AT)

    (locking,) = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert f"ARRAY[{waiting[3].pk}]" in locking.replace("'{", "ARRAY[").replace("}'", "]")


def test_the_account_is_found_by_domain_and_by_name(waiting: list[DealRegistration]) -> None:
    by_domain = make_row(Account, name="Another name", normalised_name="another name", domain="company-7.com")
    by_name = make_row(Account, name="Fjord", normalised_name="fjord", country="GB")
    make_row(Account, name="Company 5", normalised_name="company 5", domain="company-5.co.uk")

    found = link_accounts(ACTOR, at=AT)

    assert {registration.pk: registration.account for registration in found} == {
        waiting[7].pk: by_domain,
        waiting[HOMELESS].pk: by_name,
    }
    assert link_accounts(ACTOR, at=AT) == []
