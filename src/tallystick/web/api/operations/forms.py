"""What is asked beside the standard fields when a deal is registered or a lead introduced: for programs that ask it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tallystick.deals.forms import fields_asked, form_in_force
from tallystick.deals.rules.forms.form import FieldKind, FormField, Subject
from tallystick.platform.access import Permission
from tallystick.web.api.access import Whose, operation, partner_id_of
from tallystick.web.api.values import Told

router = Router(tags=["The registration form"])


class OwnFieldTold(Told):
    """One thing that is asked; its answer goes into `answers` under its id."""

    id: Annotated[str, Field(examples=["project_type"])]
    label: Annotated[str, Field(examples=["Type of project"])]
    help: Annotated[str, Field(examples=["As the customer calls it."])]
    kind: FieldKind
    required: bool
    choices: Annotated[list[str], Field(description="Of a choice.", examples=[["New site", "Replacement"]])]
    shortest: Annotated[int, Field(description="Of a text: characters at least.")]
    longest: Annotated[int, Field(description="Of a text: characters at most.", examples=[200])]
    least: Annotated[str | None, Field(description="Of a number, as a decimal number in text.")]
    most: Annotated[str | None, Field(description="Of a number, as a decimal number in text.")]
    earliest: Annotated[str, Field(description="Of a date: an ISO day, `today`, or empty.", examples=["today"])]
    latest: Annotated[str, Field(description="Of a date: an ISO day, `today`, or empty.", examples=[""])]
    like: Annotated[
        str,
        Field(description="Of a text: # a digit, @ a letter, * either, the rest itself.", examples=["PO-######"]),
    ]

    @classmethod
    def of(cls, field: FormField) -> Self:
        """Return a field as partners are asked it."""
        return cls(**_values(field))


class FieldTold(OwnFieldTold):
    """One thing that is asked, with whom it is asked of and the property of the CRM it belongs to."""

    partner_types: Annotated[list[str], Field(description="None: every type of partner.", examples=[["reseller"]])]
    crm_property: Annotated[str, Field(examples=["project_type__c"])]

    @classmethod
    def of(cls, field: FormField) -> Self:
        """Return a field as the vendor reads it."""
        return cls(**_values(field), partner_types=sorted(field.partner_types), crm_property=field.crm_property)


class OwnFormTold(Told):
    """What one is asked beside the standard fields, in order."""

    registration: list[OwnFieldTold]
    lead: list[OwnFieldTold]


class FormTold(Told):
    """What partners are asked beside the standard fields, in order, with the document it is written in."""

    number: Annotated[int, Field(description="0 where no form was published: nothing more is asked.", examples=[2])]
    published_at: datetime | None
    document: Annotated[str, Field(description="The YAML text.", examples=["title: Registration form\n…"])]
    registration: list[FieldTold]
    lead: list[FieldTold]


@operation(
    router,
    "GET",
    "/registration-form",
    FormTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def read_registration_form(request: HttpRequest) -> FormTold:  # noqa: ARG001
    """Read the form in force."""
    known = form_in_force()
    return FormTold(
        number=known.number,
        published_at=known.published_at,
        document=known.document,
        registration=[FieldTold.of(field) for field in known.form.fields[Subject.REGISTRATION]],
        lead=[FieldTold.of(field) for field in known.form.fields[Subject.LEAD]],
    )


@operation(
    router,
    "GET",
    "/own/registration-form",
    OwnFormTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_DEALS,
)
def read_own_registration_form(request: HttpRequest) -> OwnFormTold:
    """Read what one is asked beside the standard fields; the answers go along with a claim or a lead."""
    partner_id = partner_id_of(request)
    return OwnFormTold(
        registration=[OwnFieldTold.of(each) for each in fields_asked(Subject.REGISTRATION, partner_id=partner_id)],
        lead=[OwnFieldTold.of(each) for each in fields_asked(Subject.LEAD, partner_id=partner_id)],
    )


def _values(field: FormField) -> dict[str, object]:
    return {
        "id": field.id,
        "label": field.label,
        "help": field.help,
        "kind": field.kind,
        "required": field.required,
        "choices": list(field.choices),
        "shortest": field.shortest,
        "longest": field.longest,
        "least": None if field.least is None else f"{field.least:f}",
        "most": None if field.most is None else f"{field.most:f}",
        "earliest": field.earliest,
        "latest": field.latest,
        "like": field.pattern.like if field.pattern else "",
    }
