"""Changes a document of forms field by field and writes it as text again; comments in the text are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from tallystick.deals.rules.forms.document import FieldDocument
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.rules.forms.reading import form_document


def written(title: str, fields: dict[Subject, Sequence[dict[str, Any]]]) -> str:
    """Return a document as YAML."""
    data = {"title": title, **{subject.value: [dict(field) for field in fields[subject]] for subject in Subject}}
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)


def with_field(text: str, subject: Subject, field: dict[str, Any], *, before: str = "") -> str:
    """Return the text with a field put in the place of the one called `before`, or added at the end."""
    title, fields = _plain(text)
    place = next((at for at, known in enumerate(fields[subject]) if before and known["id"] == before), None)
    if place is None:
        fields[subject].append(field)
    else:
        fields[subject][place] = field
    return written(title, dict(fields))


def without_field(text: str, subject: Subject, field_id: str) -> str:
    """Return the text without a field."""
    title, fields = _plain(text)
    fields[subject] = [field for field in fields[subject] if field["id"] != field_id]
    return written(title, dict(fields))


def moved_field(text: str, subject: Subject, field_id: str, *, by: int) -> str:
    """Return the text with a field moved by so many places; one that is first or last stays there."""
    title, fields = _plain(text)
    order = fields[subject]
    place = next((at for at, field in enumerate(order) if field["id"] == field_id), None)
    if place is not None:
        order.insert(max(0, min(len(order) - 1, place + by)), order.pop(place))
    return written(title, dict(fields))


def plain_field(field: FieldDocument) -> dict[str, Any]:
    """Return a field as it is written: what says nothing is left out."""
    return field.model_dump(mode="json", exclude_defaults=True)


def _plain(text: str) -> tuple[str, dict[Subject, list[dict[str, Any]]]]:
    document = form_document(text)
    return document.title, {
        subject: [plain_field(field) for field in getattr(document, subject.value)] for subject in Subject
    }
