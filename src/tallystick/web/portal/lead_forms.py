"""The forms of leads in the portal: introducing a company, and saying why one is declined."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.services.leads import NewLead
from tallystick.web.asked import AskingForm
from tallystick.web.console.lead_forms import cleaned_country, refuse_unclear


class IntroduceForm(AskingForm):
    """Asks for company, website, contact and need, and whether an introduction is promised.

    `token` makes sure that a form sent twice is one lead.
    """

    company = forms.CharField(
        label=_("Company"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Enter the company's name.")},
    )
    website = forms.CharField(
        label=_("Website"),
        max_length=255,
        required=False,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off", "placeholder": "company.com"}
        ),
    )
    contact = forms.CharField(
        label=_("Your contact there"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "placeholder": _("Name or e-mail")}
        ),
        error_messages={"required": _("Enter whom you know there, by name or e-mail address.")},
    )
    need = forms.CharField(
        label=_("What they need"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say what they need, in a sentence.")},
    )
    promises_introduction = forms.BooleanField(label=_("I introduce you in person"), required=False)
    country = forms.CharField(
        label=_("Country"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Germany, or DE")}),
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = token_urlsafe(24)

    def clean_contact(self) -> str:
        """Accept a name, or an address that can be one."""
        contact: str = self.cleaned_data["contact"]
        if "@" in contact:
            validate_email(contact)
        return contact

    def clean_country(self) -> str:
        """Return the ISO code of the country; refuses what is neither a code nor a name."""
        return cleaned_country(self.cleaned_data["country"])

    def clean(self) -> dict[str, Any]:
        """Refuse a company that has neither a name nor a domain of its own."""
        told = super().clean() or self.cleaned_data
        refuse_unclear(self)
        return told

    def lead(self) -> NewLead:
        """Return what a valid form tells."""
        told = self.cleaned_data
        is_address = "@" in told["contact"]
        return NewLead(
            company=told["company"],
            website=told["website"],
            country=told["country"],
            contact_name="" if is_address else told["contact"],
            contact_email=told["contact"] if is_address else "",
            need=told["need"],
            promises_introduction=told["promises_introduction"],
            answers=self.answers(),
            missing=Missing.REFUSED,
        )


class DeclineLeadForm(forms.Form):
    """Asks why an offered lead is declined, or one that was accepted is given up; the vendor reads the answer."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Your partner manager reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": _("Say why, in a word or two: it helps us to ask you about the right ones.")},
    )
