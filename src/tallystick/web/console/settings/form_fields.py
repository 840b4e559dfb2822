"""One field of the registration form on a page: what is asked, of whom, and what an answer must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tallystick.deals.rules.forms.form import FieldKind, FormField
from tallystick.deals.rules.forms.reading import BOUNDS
from tallystick.partners.models import PartnerType
from tallystick.programmes.models import Track
from tallystick.programmes.rules.problems import DocumentProblem

KIND_WORDS: Final = {
    FieldKind.TEXT: _lazy("Text on one line"),
    FieldKind.LONG_TEXT: _lazy("Long text"),
    FieldKind.NUMBER: _lazy("Number"),
    FieldKind.DATE: _lazy("Date"),
    FieldKind.CHOICE: _lazy("Choice"),
    FieldKind.YES_NO: _lazy("Yes or no"),
}
_LONGEST_ID: Final = 40
_NUMBERS: Final = ("shortest", "longest")
_PATTERN: Final = {"like": "pattern_like", "says": "pattern_says", "pattern": "pattern_like"}


class FieldForm(forms.Form):
    """Asks what a field of the form is; what a kind of answer has no use for is not kept."""

    label = forms.CharField(
        label=_lazy("Label"),
        max_length=80,
        help_text=_lazy("What stands above the field, as partners read it."),
        error_messages={"required": _lazy("Say what is asked.")},
    )
    kind = forms.ChoiceField(label=_lazy("What an answer is"), choices=list(KIND_WORDS.items()))
    choices = forms.CharField(
        label=_lazy("Choices, one a line"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    shortest = forms.IntegerField(label=_lazy("Characters at least"), required=False, min_value=1, max_value=5000)
    longest = forms.IntegerField(label=_lazy("Characters at most"), required=False, min_value=1, max_value=5000)
    pattern_like = forms.CharField(
        label=_lazy("Looks like"),
        required=False,
        max_length=60,
        help_text=_lazy("# is a digit, @ a letter, * either; everything else stands for itself: PO-######."),
    )
    pattern_says = forms.CharField(
        label=_lazy("Say it in words"),
        required=False,
        max_length=200,
        help_text=_lazy("What a partner reads who writes it otherwise: Write the order number like PO-123456."),
    )
    least = forms.CharField(label=_lazy("Smallest"), required=False, max_length=20)
    most = forms.CharField(label=_lazy("Largest"), required=False, max_length=20)
    earliest = forms.CharField(
        label=_lazy("First day"), required=False, max_length=10, help_text=_lazy("Like 2026-11-20, or today.")
    )
    latest = forms.CharField(
        label=_lazy("Last day"), required=False, max_length=10, help_text=_lazy("Like 2026-11-20, or today.")
    )
    required = forms.BooleanField(label=_lazy("An answer is needed"), required=False)
    help = forms.CharField(
        label=_lazy("Help"), required=False, max_length=300, help_text=_lazy("Stands below the field, in a sentence.")
    )
    partner_types = forms.MultipleChoiceField(
        label=_lazy("Asked of"),
        required=False,
        help_text=_lazy("None ticked: every partner is asked."),
        widget=forms.CheckboxSelectMultiple,
    )
    crm_property = forms.CharField(
        label=_lazy("CRM property"),
        required=False,
        max_length=120,
        help_text=_lazy("The API and webhooks give it with the answer, for what writes it into your CRM."),
        validators=[RegexValidator(r"^[A-Za-z0-9_.:-]*$", _lazy("Use letters, digits and _ . : - only."))],
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )
    id = forms.CharField(
        label=_lazy("Id"),
        required=False,
        max_length=_LONGEST_ID,
        help_text=_lazy("Answers are kept under it. Left empty it follows from the label."),
        validators=[
            RegexValidator(r"^[a-z][a-z0-9_]*$", _lazy("Begin with a small letter; use small letters, digits and _."))
        ],
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, taken: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = frozenset(taken)
        tracks = dict(Track.objects.order_by("pk").values_list("partner_type", "name"))
        choices = [
            (
                value,
                _("%(type)s, track %(track)s") % {"type": label, "track": tracks[value]} if value in tracks else label,
            )
            for value, label in PartnerType.choices
        ]
        self.fields["partner_types"].choices = choices  # type: ignore[attr-defined]  # it is a choice field

    def clean_id(self) -> str:
        """Return the id, made of the label where none is given; one that is taken is refused."""
        chosen: str = self.cleaned_data["id"] or self._id_of_label()
        if chosen in self.taken:
            raise forms.ValidationError(
                _("Another field is called %(id)s; give this one an id of its own.") % {"id": chosen}
            )
        return chosen

    def written(self) -> dict[str, Any]:
        """Return the field as the document writes it."""
        told, kind = self.cleaned_data, FieldKind(self.cleaned_data["kind"])
        bounds: dict[str, Any] = {
            "choices": [line.strip() for line in told["choices"].splitlines() if line.strip()],
            **{name: told[name] for name in _NUMBERS},
            "pattern": {"like": told["pattern_like"], "says": told["pattern_says"]} if told["pattern_like"] else None,
            **{name: told[name].strip() for name in ("least", "most", "earliest", "latest")},
        }
        field = {
            "id": told["id"],
            "label": told["label"],
            "help": told["help"],
            "kind": kind.value,
            "required": told["required"],
            **{name: bound for name, bound in bounds.items() if kind in BOUNDS[name]},
            "partner_types": told["partner_types"],
            "crm_property": told["crm_property"],
        }
        return {name: value for name, value in field.items() if value not in (None, "", [], False)}

    def take_problems(self, problems: Iterable[DocumentProblem]) -> None:
        """Put what the document refuses below the field of this page that it is about."""
        for problem in problems:
            name = problem.field.rpartition(".")[2].partition("[")[0]
            name = _PATTERN.get(name, name)
            self.add_error(name if name in self.fields else None, f"{problem.message} {problem.mend}")

    def _id_of_label(self) -> str:
        made = slugify(self.cleaned_data.get("label", "")).replace("-", "_").lstrip("0123456789_")
        return made[:_LONGEST_ID].rstrip("_") or "field"


def initial_of(field: FormField) -> Mapping[str, Any]:
    """Return what the page of a field begins with."""
    return {
        "id": field.id,
        "label": field.label,
        "help": field.help,
        "kind": field.kind.value,
        "required": field.required,
        "choices": "\n".join(field.choices),
        "shortest": field.shortest or None,
        "longest": field.longest if field.is_shortened else None,
        "least": "" if field.least is None else f"{field.least:f}",
        "most": "" if field.most is None else f"{field.most:f}",
        "earliest": field.earliest,
        "latest": field.latest,
        "pattern_like": field.pattern.like if field.pattern else "",
        "pattern_says": field.pattern.says if field.pattern else "",
        "partner_types": sorted(field.partner_types),
        "crm_property": field.crm_property,
    }
