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
    assert account_key(website="", company=company, country=" United  Kingdom") == "name:cellvia|gb"


@pytest.mark.parametrize("country", ["DE", "de", "Germany", "Deutschland", "Allemagne"])
def test_a_country_is_one_however_it_is_written(country: str) -> None:
    assert account_key(website="", company="Cellvia GmbH", country=country) == "name:cellvia|de"


def test_a_country_nobody_knows_stands_in_the_key_as_it_is() -> None:
    assert account_key(website="", company="Cellvia", country=" Freedonia ") == "name:cellvia|freedonia"


@pytest.mark.parametrize("letters", ["a&", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}", "ß"])
def test_a_name_as_long_as_its_field_has_a_key_that_fits_and_is_its_own(letters: str) -> None:
    long = (letters * 255)[:255]
    keys = {account_key(website="", company=name, country="x" * 80) for name in (long, f"{long[:-1]}z")}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 300


def test_a_free_mail_domain_is_passed_over() -> None:
    assert account_key(website="asha@gmail.com", company="Cellvia", country="GB") == "name:cellvia|gb"


def test_a_claim_without_name_and_website_is_refused() -> None:
    with pytest.raises(CompanyUnclear, match="Enter the company's name or its website"):
        account_key(website=" ", company="…", country="GB")
