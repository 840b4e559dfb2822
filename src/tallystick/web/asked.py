"""What a form of the workspace asks beside the standard fields: as fields on a page, and its answers in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.forms import ToldAnswer, answers_of, forms_of_versions
from tallystick.deals.models import DealRegistration, Lead
from tallystick.deals.rules.forms.answering import AnswerRefused, read_answer
from tallystick.deals.rules.forms.form import FieldKind, Form, FormField, Kept, Subject, day_meant
from tallystick.web.listing import FileColumn
from tallystick.web.listing.exports import Value
from tallystick.web.ui import formats

PREFIX: Final = "asked_"
"""Begins the names of the fields, so that none is taken for a standard one."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer as a page shows it; `crm_property` is for the vendor's pages alone."""

    label: str
    words: str
    crm_property: str


class AskingForm(forms.Form):
    """A form that asks more fields after its own; give it `asked`, and the day it is filled in as `on`."""

    def __init__(self, *args: Any, asked: Sequence[FormField] = (), on: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = tuple(asked)
        self.on = on
        for field in self.asked:
            self.fields[PREFIX + field.id] = _widget_field(field, on)

    @property
    def further(self) -> list[forms.BoundField]:
        """Return the fields that are asked beside, in order."""
        return [self[PREFIX + field.id] for field in self.asked]

    def clean(self) -> dict[str, Any]:
        """Hold each answer against its field; what is wrong stands below it."""
        told = super().clean() or self.cleaned_data
        for field in self.asked:
            name = PREFIX + field.id
            if name in told and self.on is not None:
                try:
                    read_answer(field, told[name], today=self.on)
                except AnswerRefused as refused:
                    self.add_error(name, str(refused))
        return told

    def answers(self) -> dict[str, str]:
        """Return what a valid form answers, as it was written, by the id of the field."""
        written = {field.id: self.cleaned_data[PREFIX + field.id] for field in self.asked}
        return {name: answer for name, answer in written.items() if answer}


def _widget_field(field: FormField, on: date | None) -> forms.Field:
    return forms.CharField(
        label=field.label,
        help_text=field.help,
        required=field.required,
        widget=_widget(field, on),
        error_messages={"required": _needed(field)},
    )


def _needed(field: FormField) -> str:
    return _("Choose one.") if field.kind in (FieldKind.CHOICE, FieldKind.YES_NO) else _("Fill this in.")


def _widget(field: FormField, on: date | None) -> forms.Widget:
    match field.kind:
        case FieldKind.TEXT:
            like = {"placeholder": field.pattern.like} if field.pattern else {}
            return forms.TextInput(attrs={"autocomplete": "off", **like})
        case FieldKind.LONG_TEXT:
            return forms.Textarea(attrs={"rows": 3})
        case FieldKind.NUMBER:
            return forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"})
        case FieldKind.DATE:
            bounds = (
                {}
                if on is None
                else {"min": day_meant(field.earliest, today=on), "max": day_meant(field.latest, today=on)}
            )
            return forms.DateInput(
                attrs={"type": "date", **{name: day.isoformat() for name, day in bounds.items() if day}}
            )
        case FieldKind.CHOICE:
            return forms.Select(choices=[("", _("Choose…")), *((choice, choice) for choice in field.choices)])
        case FieldKind.YES_NO:
            return forms.Select(choices=[("", _("Choose…")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))])


def shown_answers(made: DealRegistration | Lead, forms: Mapping[int, Form] | None = None) -> list[ShownAnswer]:
    """Return the answers kept with a registration or a lead as a page shows them."""
    return [
        ShownAnswer(answer.label, answer_in_words(answer), answer.crm_property) for answer in answers_of(made, forms)
    ]


class AnswerColumns:
    """The columns of a file with what was ever asked beside, by the latest words for each; made once for a file."""

    def __init__(self, subject: Subject, *, partner_type: str | None = None) -> None:
        self.forms = forms_of_versions()
        self.fields: dict[str, FormField] = {}
        for form in self.forms.values():
            for field in form.fields[subject]:
                if partner_type is None or field.is_asked_of(partner_type):
                    self.fields.setdefault(field.id, field)

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        """Return the heads of the columns."""
        return tuple(FileColumn(field.label) for field in self.fields.values())

    def values(self, made: DealRegistration | Lead | None) -> tuple[Value, ...]:
        """Return the answers of one row, empty where there is none."""
        told = {answer.field: answer for answer in answers_of(made, self.forms)} if made is not None else {}
        return tuple(answer_in_words(told[name]) if name in told else "" for name in self.fields)


def answer_in_words(answer: ToldAnswer) -> str:
    """Write an answer for people: a day by the locale, yes and no in words."""
    return kept_in_words(answer.kind, answer.value)


def kept_in_words(kind: FieldKind, value: Kept) -> str:
    """Write a kept value of a kind for people."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return formats.day_and_year(date.fromisoformat(value)) if kind is FieldKind.DATE else value
