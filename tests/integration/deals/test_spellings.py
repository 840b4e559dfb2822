"""One company and one product, however they are written: claims meet, and the CRM is found."""

from dataclasses import replace

import pytest

from tallystick.crm.models import Account
from tallystick.deals.models import Protection
from tallystick.deals.services import NewRegistration, RequestRefused, check_registration, grant_request
from tallystick.deals.services import request_amendment as ask_for_change
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit

pytestmark = pytest.mark.usefixtures("vendor")
HERE = ("Germany", "DE", "deutschland", " Allemagne ")


@pytest.fixture
def corvid(vendor: object) -> Partner:
    return make_row(Partner, name="Corvid")


@pytest.fixture
def kite(vendor: object) -> Partner:
    return make_row(Partner, name="Kite")


def by_name(country: str) -> NewRegistration:
    return NewRegistration(company="Cellvia GmbH", country=country, value=Money(4_200_000, "EUR"))


@pytest.mark.parametrize("claimed", HERE)
@pytest.mark.parametrize("known", HERE)
def test_a_customer_is_found_by_name_and_country_however_the_country_is_written(
    corvid: Partner, known: str, claimed: str
) -> None:
    account = make_row(Account, name="Cellvia", normalised_name="cellvia", country=known, is_customer=True)

    receipt = submit(corvid.pk, by_name(claimed))

    assert receipt.registration.account_id == account.pk
    assert [check.outcome for check in receipt.eligibility.checks if check.rule == "new_to_us"] == ["broken"]


def test_an_account_in_another_country_is_another_company(corvid: Partner) -> None:
    make_row(Account, name="Cellvia", normalised_name="cellvia", country="Österreich", is_customer=True)
    assert submit(corvid.pk, by_name("DE")).registration.account_id is None


def test_a_company_by_name_is_held_once_however_its_country_is_written(corvid: Partner, kite: Partner) -> None:
    assert submit(corvid.pk, by_name("DE")).registration.state == "submitted"
    second = submit(kite.pk, by_name("Germany")).registration
    assert (second.state, second.decision_rule) == ("declined", "first_to_register")


def test_a_product_is_held_once_however_it_is_spelt(corvid: Partner, kite: Partner) -> None:
    held = submit(corvid.pk, replace(claim(), product_key="ELN Pro")).registration

    typed = check_registration(partner_id=kite.pk, claim=replace(claim(), product_key="eln  pro"), at=AT)
    second = submit(kite.pk, replace(claim(), product_key=" eln  PRO")).registration

    assert typed.eligibility.declined_by is not None
    assert (held.product_key, second.state) == ("eln pro", "declined")


def test_a_change_to_a_product_that_is_held_is_refused_however_it_is_spelt(corvid: Partner, kite: Partner) -> None:
    submit(corvid.pk, replace(claim(), product_key="eln"))
    mine = submit(kite.pk, replace(claim(), product_key="lims")).registration
    request = ask_for_change(ACTOR, registration_id=mine.pk, new={"product_key": "ELN "}, reason="Instead.", at=AT)

    with pytest.raises(RequestRefused, match="Another registration holds this product"):
        grant_request(ACTOR, request_id=request.pk, at=AT)

    assert set(Protection.objects.values_list("product_key", flat=True)) == {"eln", "lims"}


def test_a_product_as_long_as_its_field_is_kept(corvid: Partner) -> None:
    assert len(submit(corvid.pk, replace(claim(), product_key="ß" * 120)).registration.product_key) == 120
