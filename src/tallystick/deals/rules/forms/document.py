"""How forms are written: the fields of the YAML document, their types, and how to write each."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLES: Final = {
    "title": "title: Registration form",
    "registration": "registration: [{id: project_type, label: Type of project, kind: text}]",
    "lead": "lead: [{id: budget_known, label: Is the budget known?, kind: yes_no}]",
    "id": "id: project_type",
    "label": "label: Type of project",
    "help": "help: As the customer calls it.",
    "kind": "kind: choice",
    "required": "required: true",
    "choices": "choices: [New site, Replacement]",
    "shortest": "shortest: 3",
    "longest": "longest: 200",
    "least": "least: 1",
    "most": "most: 500",
    "earliest": "earliest: 2026-01-01",
    "latest": "latest: 2027-12-31",
    "pattern": "pattern: {like: PO-######, says: Write the order number like PO-123456.}",
    "like": "like: PO-######",
    "says": "says: Write the order number like PO-123456.",
    "partner_types": "partner_types: [reseller, distributor]",
    "crm_property": "crm_property: project_type__c",
}
"""How to write each field: what an error shows to mend it."""

RANGES: Final = {
    "shortest": "Give 1 to 5000 characters.",
    "longest": "Give 1 to 5000 characters.",
}
"""Which numbers a field takes."""

MOST_FIELDS: Final = 30
LONGEST_WORDS: Final = 5000

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Characters = Annotated[int, Field(ge=1, le=LONGEST_WORDS)]
KindName = Literal["text", "long_text", "number", "date", "choice", "yes_no"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PatternDocument(_Part):
    """What a text must look like, and the words that say so."""

    like: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        description="`#` stands for a digit, `@` for a letter, `*` for either; everything else for itself."
    )
    says: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="What a partner reads who misses it.")


class FieldDocument(_Part):
    """One thing partners are asked."""

    id: Identifier = Field(description="Name that answers are kept under; small letters, digits and `_`.")
    label: Annotated[str, Field(min_length=1, max_length=80)] = Field(description="What stands above the field.")
    help: Annotated[str, Field(max_length=300)] = Field("", description="What stands below it.")
    kind: KindName = Field(description="What an answer is.")
    required: bool = Field(default=False, description="Whether a claim in the portal needs an answer.")
    choices: list[Annotated[str, Field(min_length=1, max_length=80)]] | None = Field(
        None, max_length=50, description="Of a choice: what one chooses from, in order."
    )
    shortest: Characters | None = Field(None, description="Of a text: characters at least.")
    longest: Characters | None = Field(None, description="Of a text: characters at most.")
    least: str | int | None = Field(None, description="Of a number: the smallest.")
    most: str | int | None = Field(None, description="Of a number: the largest.")
    earliest: str | None = Field(None, description="Of a date: the first day, or `today`.")
    latest: str | None = Field(None, description="Of a date: the last day, or `today`.")
    pattern: PatternDocument | None = Field(None, description="Of a text: what it looks like.")
    partner_types: list[str] | None = Field(
        None, max_length=12, description="Types of partners that are asked, so the tracks of these; left out: all."
    )
    crm_property: Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9_.:-]*$")] = Field(
        "", description="The property of the CRM an answer belongs to."
    )


class FormDocument(_Part):
    """What partners are asked beside the standard fields, which always come first."""

    title: Annotated[str, Field(min_length=1, max_length=80)] = Field(description="Name of the document.")
    registration: list[FieldDocument] = Field(
        default_factory=list, max_length=MOST_FIELDS, description="Asked when a deal is registered, in order."
    )
    lead: list[FieldDocument] = Field(
        default_factory=list, max_length=MOST_FIELDS, description="Asked when a lead is introduced, in order."
    )
