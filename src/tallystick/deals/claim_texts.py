"""What people write when they claim a deal, read exactly or refused with what to write instead.

Forms and mails read by these functions alone, so that a claim meets the same words whichever way it comes.
"""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.crm.rules.amounts import DecimalMark, currency_of_sign, mark_evidence, read_amount, to_minor
from tallystick.crm.rules.problems import CellRefused, ReadingMisfit
from tallystick.deals.services import NewRegistration
from tallystick.kernel.currencies import exponent
from tallystick.kernel.money import Money
from tallystick.kernel.names import DomainRefused, normalise_domain
from tallystick.partners.standing import product_key_of

_THREE_DECIMALS: Final = 3


MISSING: Final = {
    "company": _("Enter the company's name."),
    "website": _("Enter the company's own website: it tells companies of one name apart."),
    "contact": _("Enter whom you know there, by name or e-mail address."),
    "value": _("Enter what the deal is worth a year; a rough figure is enough."),
}
"""What is asked for each field of a claim that must be there and is not."""


class ValueRefused(ValueError):
    """The text is not what its field holds; the message says how to write it."""


def read_value(text: str, *, home: str) -> Money:
    """Read what a deal is worth: "60,000", "60k", "EUR 60.000"; without a currency it is in `home`.

    A single mark before exactly three digits groups thousands, as no amount has three decimals; in currencies that
    have, it is refused. Raises ValueRefused.
    """
    refusal = ValueRefused(f"“{text}” is not an amount. Write it like 60,000, or EUR 60,000 for another currency.")
    evidence = mark_evidence(text)
    mark = evidence.proves
    if evidence.needs_mark:
        mark = DecimalMark.POINT if "," in text else DecimalMark.COMMA
    try:
        amount = read_amount(text, mark=mark)
        currency = currency_of_sign(amount.currency, home=home) if amount.currency else home
        minor = to_minor(amount.value, currency)
    except (CellRefused, ReadingMisfit) as problem:
        raise refusal from problem
    if evidence.needs_mark and exponent(currency) >= _THREE_DECIMALS:
        raise refusal
    if minor <= 0:
        raise ValueRefused(gettext("Enter what the deal is worth a year; a rough figure is enough."))
    return Money(minor, currency)


def read_website(text: str) -> str:
    """Accept a company's own domain only. Raises ValueRefused."""
    try:
        normalise_domain(text)
    except DomainRefused as problem:
        raise ValueRefused(str(problem)) from problem
    return text


def read_contact(text: str) -> str:
    """Accept a name, or an address that can be one. Raises ValueRefused."""
    if "@" in text:
        try:
            validate_email(text)
        except ValidationError as problem:
            raise ValueRefused(problem.messages[0]) from problem
    return text


def claim_of(
    *, company: str, website: str, contact: str, value: Money, product: str = "", distributor: str = ""
) -> NewRegistration:
    """Return a claim of what was read; a contact with an at sign is an address."""
    is_address = "@" in contact
    return NewRegistration(
        company=company,
        website=website,
        contact_name="" if is_address else contact,
        contact_email=contact if is_address else "",
        value=value,
        product_key=product_key_of(product),
        distributor=distributor,
    )
