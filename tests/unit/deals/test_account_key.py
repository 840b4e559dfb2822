"""The account key: under which two registrations of one company meet."""

import pytest

from tallystick.deals.rules.account_key import CompanyUnclear, account_key


@pytest.mark.parametrize(
    "website", ["https://www.Cellvia.com/contact", "cellvia.com", "shop.cellvia.com", "asha@cellvia.com"]
)
def test_spellings_of_one_website_are_one_key(website: str) -> None:
    assert account_key(website=website, company="Cellvia", country="GB") == "domain:cellvia.com"


@pytest.mark.parametrize("company", ["Cellvia Ltd", "CELLVIA limited", "The Cellvia, Ltd."])
def test_without_a_website_the_name_and_country_are_the_key(company: str) -> None:
    assert account_key(website="", company=company, country=" United  Kingdom") == "name:cellvia|united kingdom"


def test_a_free_mail_domain_is_passed_over() -> None:
    assert account_key(website="asha@gmail.com", company="Cellvia", country="GB") == "name:cellvia|gb"


def test_a_claim_without_name_and_website_is_refused() -> None:
    with pytest.raises(CompanyUnclear, match="Enter the company's name or its website"):
        account_key(website=" ", company="…", country="GB")
