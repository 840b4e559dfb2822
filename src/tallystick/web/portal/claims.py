"""The form that registers a deal: each field is read exactly or refused with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from secrets import token_urlsafe
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.deals.claim_texts import MISSING, ValueRefused, claim_of, read_contact, read_value, read_website
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.services import NewRegistration
from tallystick.kernel.money import Money
from tallystick.web.asked import AskingForm
from tallystick.web.files import ManyFilesField

Read = TypeVar("Read")


class RegistrationForm(AskingForm):
    """Asks for company, website, contact and value, and what the workspace asks beside.

    `token` makes sure that a form sent twice is one claim.
    """

    company = forms.CharField(
        label=_("Company"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "list": "known-companies"}),
        error_messages={"required": MISSING["company"]},
    )
    website = forms.CharField(
        label=_("Website"),
        max_length=255,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off", "placeholder": "company.com"}
        ),
        error_messages={"required": MISSING["website"]},
    )
    contact = forms.CharField(
        label=_("Your contact there"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "placeholder": _("Name or e-mail")}
        ),
        error_messages={"required": MISSING["contact"]},
    )
    value = forms.CharField(
        label=_("Rough annual value"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": MISSING["value"]},
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
    attachments = ManyFilesField(
        label=_("Attach files"),
        required=False,
        help_text=_("Both sides open them on the deal’s page: an offer, a brief, a tender."),
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
        return self._read(read_website, "website")

    def clean_contact(self) -> str:
        """Accept a name, or an address that can be one."""
        return self._read(read_contact, "contact")

    def clean_value(self) -> Money:
        """Return the value as money."""
        return self._read(partial(read_value, home=self.home), "value")

    def claim(self) -> NewRegistration:
        """Return what a valid form claims."""
        asked = self.cleaned_data
        claim = claim_of(
            company=asked["company"],
            website=asked["website"],
            contact=asked["contact"],
            value=asked["value"],
            product=asked["product"],
            distributor=asked["distributor"],
        )
        return replace(
            claim,
            answers=self.answers(),
            uploads=self.cleaned_data.get("attachments", []),
            missing=Missing.REFUSED,
        )

    def _read(self, reader: Callable[[str], Read], name: str) -> Read:
        try:
            return reader(self.cleaned_data[name])
        except ValueRefused as problem:
            raise ValidationError(str(problem)) from problem
