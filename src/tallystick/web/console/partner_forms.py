"""The forms of a partner's page."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.attribution.rules.facts import TouchKind
from tallystick.deals.rules.countries import country_code
from tallystick.insights.ecosystem import code_of
from tallystick.partners.models import Lifecycle, Partner, PartnerRole, PartnerType, Tier
from tallystick.partners.services import LIFECYCLE_STEPS, PartnerDetails
from tallystick.platform.models import Membership
from tallystick.web.files import ManyFilesField

LONGEST_NOTE: Final = 10_000
BY_HAND: Final = (
    TouchKind.INTRODUCTION_ACCEPTED,
    TouchKind.LEAD_ACCEPTED,
    TouchKind.CO_SELL_MEETING,
    TouchKind.DEMO,
    TouchKind.IMPLEMENTATION_SCOPED,
    TouchKind.CO_MARKETING_RESPONSE,
)
"""What a person can log; other touches follow from registrations, links and the CRM."""


class InviteForm(forms.Form):
    """Asks whom to invite to a partner's portal, and in which role."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        error_messages={
            "required": gettext_lazy("Enter an address."),
            "invalid": gettext_lazy("Enter an address such as anna@example.com."),
        },
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=120)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=PartnerRole.choices, initial=PartnerRole.SELLER)


class DetailsForm(forms.Form):
    """Asks what is known of a partner."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("As your CRM names it: deals that mention it are credited to it."),
        error_messages={"required": gettext_lazy("Enter the partner's name.")},
    )
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=PartnerType.choices)
    country = forms.CharField(
        label=gettext_lazy("Country"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("A code such as DE, or the name in English."),
    )
    region = forms.CharField(label=gettext_lazy("Region"), required=False, max_length=40)
    website = forms.CharField(label=gettext_lazy("Website"), required=False, max_length=255)
    manager = forms.TypedChoiceField(
        label=gettext_lazy("Partner manager"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.filter(accepted_at__isnull=False).select_related("person")
        people = [(row.person_id, str(row.person)) for row in members.order_by("person__name", "person__email")]
        self.fields["manager"].choices = [("", _("Nobody")), *people]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, partner: Partner) -> DetailsForm:
        """Return the form filled in with what is known."""
        return cls(
            initial={
                "name": partner.name,
                "type": partner.type,
                "country": partner.country,
                "region": partner.region,
                "website": partner.domain,
                "manager": partner.manager_id or "",
            }
        )

    def clean_country(self) -> str:
        """Return the ISO code of the country; refuses what is neither a code nor a name."""
        text: str = self.cleaned_data["country"].strip()
        code = code_of(text)
        if text and not code:
            raise forms.ValidationError(_("Enter a country, such as DE or Germany."))
        return code

    def clean_website(self) -> str:
        """Return the website without scheme and path."""
        text: str = self.cleaned_data["website"].strip().lower()
        return text.removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]

    def details(self) -> PartnerDetails:
        """Return what was entered, once the form is valid."""
        data = self.cleaned_data
        return PartnerDetails(
            name=data["name"].strip(),
            type=PartnerType(data["type"]),
            region=data["region"].strip(),
            country=data["country"],
            domain=data["website"],
            manager_id=data["manager"],
        )


class TierForm(forms.Form):
    """Asks for a tier and the day from which it holds."""

    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=Tier.choices)
    valid_from = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Commissions on invoices from this day on are settled by the new tier."),
    )


class LifecycleForm(forms.Form):
    """Asks where the partner goes from where it stands, and why."""

    lifecycle = forms.ChoiceField(label=gettext_lazy("Becomes"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why: it stands in the partner's history.")},
    )

    def __init__(self, *args: Any, now: Lifecycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = [(step.value, step.label) for step in LIFECYCLE_STEPS[now]]
        self.fields["lifecycle"].choices = steps  # type: ignore[attr-defined]


class TouchForm(forms.Form):
    """Asks what the partner did, for which account, and when."""

    account = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=255,
        help_text=gettext_lazy("As the CRM names it."),
        error_messages={"required": gettext_lazy("Enter the account it was done for.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What happened"), choices=[(kind.value, kind.noun.capitalize()) for kind in BY_HAND]
    )
    happened_on = forms.DateField(
        label=gettext_lazy("When"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    proof = forms.CharField(
        label=gettext_lazy("Proof"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Where one can see it: a link, a meeting, a message."),
    )

    @classmethod
    def on(cls, day: date) -> TouchForm:
        """Return the form for something that happened on a day."""
        return cls(initial={"happened_on": day})


class NoteForm(forms.Form):
    """Asks for a note."""

    body = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write something.")},
    )


class UploadForm(forms.Form):
    """Asks for files."""

    files_to_keep = ManyFilesField(
        label=gettext_lazy("Files"), error_messages={"required": gettext_lazy("Choose a file.")}
    )


class RemovalForm(forms.Form):
    """Asks why something is removed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why it is removed.")},
    )


class TerritoryForm(forms.Form):
    """Asks for a country a partner may sell in."""

    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=60,
        help_text=gettext_lazy("A code such as DE, or the name in English."),
        error_messages={"required": gettext_lazy("Enter a country.")},
    )
    territory_until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_country(self) -> str:
        """Accept a country that is one."""
        code = country_code(self.cleaned_data["country"])
        if code is None:
            raise forms.ValidationError(_("Enter a code such as DE, or the name in English."))
        return code


class CertificateForm(forms.Form):
    """Asks for a certificate that a person of a partner holds."""

    name = forms.CharField(
        label=gettext_lazy("Certificate"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter what the certificate is called.")},
    )
    holder = forms.CharField(
        label=gettext_lazy("Held by"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter who holds it.")},
    )
    product = forms.CharField(
        label=gettext_lazy("For the product"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty where it counts for every product."),
    )
    certificate_until = forms.DateField(
        label=gettext_lazy("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
