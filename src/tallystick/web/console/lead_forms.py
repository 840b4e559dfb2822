"""The forms of leads in the console."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.crm.models import Opportunity
from tallystick.deals.claim_texts import ValueRefused, read_value
from tallystick.deals.rules.account_key import CompanyUnclear, account_key
from tallystick.deals.services.leads import NewLead
from tallystick.insights.ecosystem import code_of
from tallystick.kernel.money import Money
from tallystick.partners.models import Lifecycle, Partner, PartnerType


class LeadReasonForm(forms.Form):
    """Asks why a lead is declined or ended; the partner reads the answer."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The partner reads this. Say what decides, and what would help next time."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say why: no lead is declined without a reason.")},
    )


class ChoosePartnerForm(forms.Form):
    """Asks which partner is to have a lead, whatever the ranking says, and why."""

    partner = forms.TypedChoiceField(label=gettext_lazy("Partner"), coerce=int)
    reason = forms.CharField(
        label=gettext_lazy("Why this partner"),
        help_text=gettext_lazy("Kept with the lead. Partners do not read it."),
        max_length=500,
        error_messages={"required": gettext_lazy("Say why this partner: it is kept with the lead.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Partner.objects.filter(lifecycle=Lifecycle.ACTIVE).order_by("name").values_list("pk", "name")
        self.fields["partner"].choices = list(active)  # type: ignore[attr-defined]


class ConvertForm(forms.Form):
    """Asks which opportunity of the CRM a lead became."""

    opportunity = forms.TypedChoiceField(label=gettext_lazy("Opportunity in the CRM"), coerce=int)

    def __init__(self, *args: Any, deals: list[Opportunity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opportunity"].choices = [  # type: ignore[attr-defined]
            (deal.pk, f"{deal.name} · {deal.stage}") for deal in deals
        ]


class ValueForm(forms.Form):
    """Asks what a deal is worth; everything else of its registration is known from the lead."""

    value = forms.CharField(
        label=gettext_lazy("Rough annual value"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter what the deal is worth a year; a rough figure is enough.")},
    )

    def __init__(self, *args: Any, home: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home
        self.fields["value"].widget.attrs["placeholder"] = _("%(figure)s in %(currency)s") % {
            "figure": "60,000",
            "currency": home,
        }

    def clean_value(self) -> Money:
        """Return the value as money."""
        try:
            return read_value(self.cleaned_data["value"], home=self.home)
        except ValueRefused as problem:
            raise forms.ValidationError(str(problem)) from problem


class LeadForm(forms.Form):
    """Asks what is known of a lead of ours; company and need suffice. `token`: a form sent twice is one lead."""

    company = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=255,
        error_messages={"required": gettext_lazy("Enter the company's name.")},
    )
    website = forms.CharField(
        label=gettext_lazy("Website"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "placeholder": "company.com"}),
    )
    country = forms.CharField(
        label=gettext_lazy("Country"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("A code such as DE, or the name in English. Partners are ranked by it."),
    )
    need = forms.CharField(
        label=gettext_lazy("What they need"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=gettext_lazy("Every partner that is asked reads this: name no person here."),
        error_messages={"required": gettext_lazy("Say what they need: partners decide by it.")},
    )
    contact_name = forms.CharField(label=gettext_lazy("Contact"), max_length=200, required=False)
    contact_email = forms.EmailField(
        label=gettext_lazy("E-mail address of the contact"),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter an address such as anna@example.com.")},
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("Telephone number of the contact"), max_length=40, required=False
    )
    wanted_type = forms.ChoiceField(
        label=gettext_lazy("Type of partner wanted"),
        required=False,
        choices=[("", gettext_lazy("Any")), *PartnerType.choices],
    )
    wanted_certificate = forms.CharField(label=gettext_lazy("Certificate wanted"), max_length=120, required=False)
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = token_urlsafe(24)

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
        told = {name: value for name, value in self.cleaned_data.items() if name != "token"}
        return NewLead(**told)


def cleaned_country(text: str) -> str:
    """Return the ISO code of a country written as a code or in English. Raises ValidationError."""
    code = code_of(text)
    if text.strip() and not code:
        raise forms.ValidationError(_("Enter a country, such as DE or Germany."))
    return code


def refuse_unclear(form: forms.Form) -> None:
    """Put an error on a form whose company has neither a name nor a domain that could be kept."""
    told = form.cleaned_data
    if "company" not in told:
        return
    try:
        account_key(website=told.get("website", ""), company=told["company"], country=told.get("country", ""))
    except CompanyUnclear as problem:
        form.add_error("company", str(problem))
