"""What is asked beside the standard fields when a deal is registered or a lead introduced: read, checked, published."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.deals.forms import fields_asked, form_in_force, published_forms
from tallystick.deals.rules.forms.form import FieldKind, FormField, Subject
from tallystick.deals.rules.forms.reading import read_form
from tallystick.deals.services import publish_form, save_form_draft
from tallystick.partners.models import Partner, PartnerType
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation, partner_id_of
from tallystick.web.api.operations.written import (
    MOST_CHARACTERS,
    CheckedTold,
    DocumentGiven,
    DocumentVersionPage,
    DocumentVersionTold,
    Number,
    PublishedGiven,
    WholeVersionTold,
)
from tallystick.web.api.paging import Order, PageAsked, one_by_one, one_page
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Given, Id, Told, words

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


class FormAsked(Given):
    """Of whom the form is read: of everybody where nothing is said."""

    partner_type: Annotated[
        PartnerType | None, Field(description="The fields that partners of this type are asked, those of its track.")
    ] = None
    partner_id: Annotated[Id | None, Field(description="The fields that this partner is asked.")] = None


FORM_EXAMPLE = "title: Registration form\nregistration:\n  - id: seats\n    label: Seats\n    kind: number\nlead: []\n"
FormDocument = Annotated[str, words(MOST_CHARACTERS, least=1), Field(examples=[FORM_EXAMPLE])]


class FormDocumentGiven(DocumentGiven):
    """A form, as YAML."""

    document: FormDocument


class FormPublishedGiven(PublishedGiven):
    """A form to publish as the next version."""

    document: FormDocument


@operation(
    router,
    "GET",
    "/registration-form",
    FormTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def read_registration_form(request: HttpRequest, asked: Query[FormAsked]) -> FormTold:  # noqa: ARG001
    """Read the form in force: every field, or those that a type of partner or one partner is asked."""
    known, types = form_in_force(), set[str]()
    if asked.partner_type:
        types.add(asked.partner_type)
    if asked.partner_id:
        types.add(Partner.objects.values_list("type", flat=True).get(pk=asked.partner_id))

    def fields(subject: Subject) -> list[FieldTold]:
        return [
            FieldTold.of(field)
            for field in known.form.fields[subject]
            if all(field.is_asked_of(partner_type) for partner_type in types)
        ]

    return FormTold(
        number=known.number,
        published_at=known.published_at,
        document=known.document,
        registration=fields(Subject.REGISTRATION),
        lead=fields(Subject.LEAD),
    )


@operation(
    router,
    "GET",
    "/registration-form/versions",
    DocumentVersionPage,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def list_form_versions(request: HttpRequest, asked: Query[PageAsked]) -> DocumentVersionPage:  # noqa: ARG001
    """List the published versions of the form, the latest first."""
    order = Order(("-number",))
    return DocumentVersionPage(**one_page(published_forms(), order, asked, one_by_one(DocumentVersionTold.of)))


@operation(
    router,
    "GET",
    "/registration-form/versions/{number}",
    WholeVersionTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def read_form_version(request: HttpRequest, number: Number) -> WholeVersionTold:  # noqa: ARG001
    """Read a published version of the form as its document."""
    return WholeVersionTold.of(published_forms().get(number=number))


@operation(
    router,
    "POST",
    "/registration-form/check",
    CheckedTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
    moves_state=False,
    refuses=(ErrorCode.BODY_UNREADABLE, ErrorCode.TOO_LARGE),
)
def check_registration_form(request: HttpRequest, given: FormDocumentGiven) -> CheckedTold:  # noqa: ARG001
    """Check whether a document is a form to ask by: every mistake with its line, its field and how to mend it."""
    return CheckedTold.of(lambda: read_form(given.document).hash)


@operation(
    router,
    "POST",
    "/registration-form/versions",
    WholeVersionTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PROGRAMME,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED, ErrorCode.STATE_CONFLICT),
)
def publish_registration_form(request: HttpRequest, given: FormPublishedGiven) -> WholeVersionTold:
    """Publish the form: it is asked of every claim from then on, and the version never changes.

    What stood in the draft is replaced. A form that says the same as the one in force is refused.
    """
    actor, at = caller_of(request).actor(), now()
    draft = save_form_draft(actor, document=given.document, at=at)
    return WholeVersionTold.of(publish_form(actor, version_id=draft.pk, reason=given.reason, at=at))


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
