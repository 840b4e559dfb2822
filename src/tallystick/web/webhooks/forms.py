"""What is asked about an endpoint: where it leads, of what it is told, how secrets change, what is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tallystick.flows.webhooks.events import PublicEvent

_OVERLAPS: Final = (
    ("24", _("for 24 hours beside the new one")),
    ("72", _("for three days beside the new one")),
    ("1", _("for an hour beside the new one")),
    ("0", _("no more: it was seen by others")),
)


class EndpointForm(forms.Form):
    """Asks where an endpoint leads and of which events it is told."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Begins with https:// and is reachable from the internet."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address your program listens at.")},
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=120,
        required=False,
        help_text=_("What listens there, such as “Data warehouse”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    types = forms.MultipleChoiceField(
        label=_("It is told when"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event.")},
    )

    def __init__(self, *args: Any, types: Mapping[str, PublicEvent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["types"]
        if isinstance(field, forms.MultipleChoiceField):
            grouped: dict[str, list[tuple[str, str]]] = {}
            for name, event in types.items():
                grouped.setdefault(str(event.group), []).append((name, str(event.sentence)))
            field.choices = list(grouped.items())


class RotateForm(forms.Form):
    """Asks for how long the old secret goes on signing."""

    overlap = forms.ChoiceField(label=_("The old secret signs"), choices=_OVERLAPS)


class ReplayForm(forms.Form):
    """Asks since when what was missed is sent again."""

    since = forms.DateTimeField(
        label=_("Since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        error_messages={
            "required": _("Choose a moment."),
            "invalid": _("Enter a moment such as 2026-11-20 09:30."),
        },
    )

    def moment(self) -> datetime:
        """Return the moment of a valid form."""
        value: datetime = self.cleaned_data["since"]
        return value if timezone.is_aware(value) else timezone.make_aware(value)
