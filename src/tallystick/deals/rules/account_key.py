"""The key under which two registrations of one company meet: its domain, else its name and country."""

from typing import Final

from tallystick.deals.rules.countries import country_code
from tallystick.kernel.canonical import sha256_hex
from tallystick.kernel.names import DomainRefused, normalise_company_name, normalise_domain

_LONGEST_NAME: Final = 180
_LONGEST_COUNTRY: Final = 80


class CompanyUnclear(ValueError):
    """The claim names no company that could be protected; the message says what to enter."""


def account_key(*, website: str, company: str, country: str) -> str:
    """Give the account key: "domain:cellvia.com", or "name:cellvia|gb" where there is no domain of its own.

    A domain that says nothing about the company (free mail, a public suffix) is passed over. However a country is
    written, its code stands in the key; of a very long name the rest is a digest. Raises CompanyUnclear when neither a
    domain nor a name is left.
    """
    if website.strip():
        try:
            return f"domain:{normalise_domain(website)}"
        except DomainRefused:
            pass
    name = normalise_company_name(company)
    if not name:
        raise CompanyUnclear("Enter the company's name or its website.")
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]} {sha256_hex(name)[:16]}"
    where = country_code(country) or " ".join(country.casefold().split())[:_LONGEST_COUNTRY]
    return f"name:{name}|{where.casefold()}"
