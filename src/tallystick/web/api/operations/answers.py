"""What programs answer to the registration form, and how its answers are told: the vendor's with the CRM property."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.deals.forms import answers_of
from tallystick.deals.models import DealRegistration, Lead
from tallystick.web.api.values import Told, words

AnswersGiven = Annotated[
    dict[Annotated[str, words(40, least=1)], Annotated[str, words(5000)] | Annotated[bool, Field(strict=True)]],
    Field(
        description="What the registration form asks beside, by the id of the field: texts, numbers and ISO days as "
        "text, yes and no as true and false. A field that is needed and missing is named in the problem.",
        max_length=60,
        examples=[{}],
    ),
]


class AnswerTold(Told):
    """What a partner answered to one field of the registration form."""

    field: Annotated[str, Field(examples=["project_type"])]
    label: Annotated[str, Field(examples=["Type of project"])]
    value: Annotated[str | bool, Field(description="A number or an ISO day is a text.", examples=["Replacement"])]


class VendorAnswerTold(AnswerTold):
    """An answer with the property of the CRM it belongs to."""

    crm_property: Annotated[str, Field(examples=["project_type__c"])]


def answers_told(made: DealRegistration | Lead) -> list[AnswerTold]:
    """Return the answers of a registration or a lead as its partner reads them."""
    return [AnswerTold(field=told.field, label=told.label, value=told.value) for told in answers_of(made)]


def vendor_answers(made: DealRegistration | Lead) -> list[VendorAnswerTold]:
    """Return the answers of a registration or a lead as the vendor reads them."""
    return [
        VendorAnswerTold(field=told.field, label=told.label, value=told.value, crm_property=told.crm_property)
        for told in answers_of(made)
    ]
