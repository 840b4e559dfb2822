"""A form with every kind of field: empty, filled, and refused."""

from __future__ import annotations

from django import forms


class SampleForm(forms.Form):
    """The fields of the style guide; it is never kept."""

    company = forms.CharField(label="Company", help_text="As it stands on their website.")
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    value = forms.DecimalField(label="Value in £", min_value=0)
    partner = forms.ChoiceField(
        label="Partner",
        choices=[
            ("", ""),
            ("1", "Zephyr Informatics"),
            ("2", "Halden & Roe"),
            ("3", "Meridian Cloud"),
            ("4", "Örsted IT"),
        ],
    )
    tier = forms.ChoiceField(label="Tier", choices=[("gold", "Gold"), ("silver", "Silver")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    agreed = forms.BooleanField(label="The partner agreed to these terms")
    file = forms.FileField(label="File", help_text="CSV or XLSX, at most 20 MB.")


def empty_form() -> SampleForm:
    """Return the form as it is first shown."""
    return SampleForm(auto_id="empty_%s")


def refused_form() -> SampleForm:
    """Return the form with faults in it."""
    return SampleForm({"company": "", "value": "-3", "partner": "2", "website": "not an address"}, auto_id="refused_%s")
