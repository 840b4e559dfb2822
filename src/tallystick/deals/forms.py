"""Reads on what partners are asked: the form in force, its versions, and answers with the words they were asked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from tallystick.deals.models import DealRegistration, FormVersion, Lead
from tallystick.deals.rules.forms.form import FieldKind, Form, FormField, Kept, Subject
from tallystick.deals.rules.forms.reading import EMPTY_DOCUMENT, read_form
from tallystick.partners.models import Partner


@dataclass(frozen=True, slots=True)
class FormInForce:
    """The form that claims are made by now; `version_id` and `published_at` are None where none was published."""

    version_id: int | None
    number: int
    published_at: datetime | None
    document: str
    form: Form


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """An answer beside what was asked; `crm_property` is the vendor's, and for no partner."""

    field: str
    label: str
    kind: FieldKind
    value: Kept
    crm_property: str


def form_in_force() -> FormInForce:
    """Return the latest published form; where there is none, one that asks nothing more. One query."""
    version = published_forms().first()
    if version is None:
        return FormInForce(None, 0, None, EMPTY_DOCUMENT, read_form(EMPTY_DOCUMENT))
    return FormInForce(version.pk, version.number, version.published_at, version.document, read_form(version.document))


def published_forms() -> models.QuerySet[FormVersion]:
    """Return the published versions, latest first."""
    return FormVersion.objects.filter(published_at__isnull=False).order_by("-number")


def form_draft() -> FormVersion | None:
    """Return the draft of the next version, if there is one."""
    return FormVersion.objects.filter(published_at__isnull=True).first()


def fields_asked(subject: Subject, *, partner_id: int) -> tuple[FormField, ...]:
    """Return what a partner is asked now beside the standard fields. One query, a second where anything is asked."""
    form = form_in_force().form
    if not form.fields[subject]:
        return ()
    partner_type = Partner.objects.values_list("type", flat=True).get(pk=partner_id)
    return form.asked(subject, partner_type)


def forms_of_versions() -> Mapping[int, Form]:
    """Return every published form by its version: to read many answers with. One query."""
    return {version.pk: read_form(version.document) for version in published_forms()}


def answers_of(made: DealRegistration | Lead, forms: Mapping[int, Form] | None = None) -> tuple[ToldAnswer, ...]:
    """Return the answers kept with a registration or a lead, in the order they were asked.

    Nothing is queried where there are none, where `forms` is given, or where the version was read with the row.
    """
    if not made.answers or made.form_version_id is None:
        return ()
    form = _form_of(made) if forms is None else forms[made.form_version_id]
    subject = Subject.REGISTRATION if isinstance(made, DealRegistration) else Subject.LEAD
    return tuple(
        ToldAnswer(field.id, field.label, field.kind, made.answers[field.id], field.crm_property)
        for field in form.fields[subject]
        if field.id in made.answers
    )


def fields_unanswered(made: DealRegistration) -> tuple[FormField, ...]:
    """Return what the form of a registration needs and its partner has not told yet."""
    if made.form_version_id is None:
        return ()
    form = _form_of(made)
    partner_type = Partner.objects.values_list("type", flat=True).get(pk=made.partner_id)
    asked = form.asked(Subject.REGISTRATION, partner_type)
    return tuple(field for field in asked if field.required and field.id not in made.answers)


def _form_of(made: DealRegistration | Lead) -> Form:
    version = made.form_version
    if version is None:
        raise LookupError(f"{made} came in under no form.")
    return read_form(version.document)
