"""The form that registers a deal: each field is read exactly or refused with what to write instead."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.crm.rules.amounts import DecimalMark, currency_of_sign, mark_evidence, read_amount, to_minor
from tallystick.crm.rules.problems import CellRefused, ReadingMisfit
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.services import NewRegistration
from tallystick.kernel.currencies import exponent
from tallystick.kernel.money import Money
from tallystick.kernel.names import DomainRefused, normalise_domain
from tallystick.partners.standing import product_key_of
from tallystick.web.asked import AskingForm

THREE_DECIMALS = 3


class ValueRefused(ValueError):
    """The text is no value of a deal; the message says how to write one."""


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
    if evidence.needs_mark and exponent(currency) >= THREE_DECIMALS:
        raise refusal
    if minor <= 0:
        raise ValueRefused(gettext("Enter what the deal is worth a year; a rough figure is enough."))
    return Money(minor, currency)


class RegistrationForm(AskingForm):
    """Asks for company, website, contact and value, and what the workspace asks beside.

    `token` makes sure that a form sent twice is one claim.
    """

    company = forms.CharField(
        label=_("Company"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "list": "known-companies"}),
        error_messages={"required": _("Enter the company's name.")},
    )
    website = forms.CharField(
        label=_("Website"),
        max_length=255,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off", "placeholder": "company.com"}
        ),
        error_messages={"required": _("Enter the company's own website: it tells companies of one name apart.")},
    )
    contact = forms.CharField(
        label=_("Your contact there"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "placeholder": _("Name or e-mail")}
        ),
        error_messages={"required": _("Enter whom you know there, by name or e-mail address.")},
    )
    value = forms.CharField(
        label=_("Rough annual value"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter what the deal is worth a year; a rough figure is enough.")},
    )
    product = forms.CharField(
        label=_("Product, if the deal is about one"),
        max_length=120,
        required=False,
        help_text=_("You are then protected for it alone; without one for the whole company."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    distributor = forms.CharField(
        label=_("Distributor, if you buy through one"),
        max_length=120,
        required=False,
        help_text=_("Name or website. You are protected together."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, home: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home
        self.fields["value"].widget.attrs["placeholder"] = gettext("%(figure)s in %(currency)s") % {
            "figure": "60,000",
            "currency": home,
        }
        self.fields["token"].initial = token_urlsafe(24)

    def clean_website(self) -> str:
        """Accept a company's own domain only."""
        website: str = self.cleaned_data["website"]
        try:
            normalise_domain(website)
        except DomainRefused as problem:
            raise ValidationError(str(problem)) from problem
        return website

    def clean_contact(self) -> str:
        """Accept a name, or an address that can be one."""
        contact: str = self.cleaned_data["contact"]
        if "@" in contact:
            validate_email(contact)
        return contact

    def clean_value(self) -> Money:
        """Return the value as money."""
        try:
            return read_value(self.cleaned_data["value"], home=self.home)
        except ValueRefused as problem:
            raise ValidationError(str(problem)) from problem

    def claim(self) -> NewRegistration:
        """Return what a valid form claims."""
        contact = self.cleaned_data["contact"]
        is_address = "@" in contact
        return NewRegistration(
            company=self.cleaned_data["company"],
            website=self.cleaned_data["website"],
            contact_name="" if is_address else contact,
            contact_email=contact if is_address else "",
            value=self.cleaned_data["value"],
            product_key=product_key_of(self.cleaned_data["product"]),
            distributor=self.cleaned_data["distributor"],
            answers=self.answers(),
            missing=Missing.REFUSED,
        )
