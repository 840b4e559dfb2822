"""The key under which two registrations of one company meet: its domain, else its name and country."""

from tallystick.kernel.names import DomainRefused, normalise_company_name, normalise_domain


class CompanyUnclear(ValueError):
    """The claim names no company that could be protected; the message says what to enter."""


def account_key(*, website: str, company: str, country: str) -> str:
    """Give the account key: "domain:cellvia.com", or "name:cellvia|gb" where there is no domain of its own.

    A domain that says nothing about the company (free mail, a public suffix) is passed over. Raises CompanyUnclear
    when neither a domain nor a name is left.
    """
    if website.strip():
        try:
            return f"domain:{normalise_domain(website)}"
        except DomainRefused:
            pass
    name = normalise_company_name(company)
    if not name:
        raise CompanyUnclear("Enter the company's name or its website.")
    return f"name:{name}|{' '.join(country.casefold().split())}"
