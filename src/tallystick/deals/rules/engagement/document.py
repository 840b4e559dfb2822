"""How rules of engagement are written: the fields of the YAML document, their types, and its JSON Schema.

This is the gate for text that people wrote. What it lets through is turned into an `Engagement` by `reading`, which
also checks what one field cannot know of another.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS
from tallystick.deals.rules.engagement.section_list import SECTIONS

EXAMPLES: Final = {
    "title": "title: Rules of engagement",
    "protection_days": "protection_days: 90",
    "answer_hours": "answer_hours: 48",
    "rules": "rules: [{id: new_to_us, label: New to us, family: existing_customer, …}]",
    "id": "id: new_to_us",
    "label": "label: New to us",
    "family": "family: existing_customer",
    "says": "says: The company is not a customer of ours yet.",
    "applies": "applies: {partner.type: {in: [reseller, distributor]}}",
    "condition": "condition: {account.is_customer: false}",
    "judged_by": "judged_by: database",
    "when_met": "when_met: The company is not a customer yet.",
    "when_broken": "when_broken: The company is already a customer of ours.",
    "when_missing": "when_missing: We cannot tell whether the company is a customer. A person looks.",
    "when_not_asked": "when_not_asked: You may sell everywhere.",
    "broken": "broken: review",
    "missing": "missing: review",
    **{name: example for section in SECTIONS for name, example in section.examples.items()},
}
"""How to write each field: what an error shows to mend it."""

RANGES: Final = {
    "protection_days": "Give 1 to 3660 days.",
    "answer_hours": "Give 1 to 2000 hours.",
    **{name: words for section in SECTIONS for name, words in section.ranges.items()},
}
"""Which numbers a field takes."""

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=300)]
Result = Literal["decline", "review"]
FamilyName = Literal[
    "eligibility",
    "duplicate",
    "existing_customer",
    "direct_activity",
    "territory",
    "certification",
    "caps",
    "product_scope",
    "two_tier",
]
ConditionDocument = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "Facts and what they must be; all must hold. Groups: any, all, not.",
            "properties": {
                **{fact.name: {"description": fact.sentence} for fact in ENGAGEMENT_FACTS.values()},
                "any": {"type": "array"},
                "all": {"type": "array"},
                "not": {"type": "object"},
            },
            "additionalProperties": False,
        }
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RuleDocument(_Part):
    """A rule: what it asks of a claim, what follows, and the words a partner reads.

    Words may hold facts in braces, `{account.direct_met_on}`, and what a fact is compared with,
    `{claim.value_units.gte}`.
    """

    id: Identifier = Field(description="Name that decisions cite; small letters, digits and `_`.")
    label: Annotated[str, Field(min_length=1, max_length=60)] = Field(description="What people call the rule.")
    family: FamilyName = Field(description="What the rule is about.")
    says: Words = Field(description="What the rule asks, in a sentence for the programme's page.")
    applies: ConditionDocument | None = Field(
        None, description="When the rule is asked at all; left out it is asked of every claim."
    )
    condition: ConditionDocument | None = Field(None, description="What must hold for the rule to be met.")
    judged_by: Literal["database"] | None = Field(
        None,
        description="`database` for the rules on who was first, whose condition and result PostgreSQL holds by itself.",
    )
    when_met: Words = Field(description="What the partner reads when the rule is met.")
    when_broken: Words = Field(description="What the partner reads when it is broken.")
    when_missing: Words = Field(description="What the partner reads when a fact is not known.")
    when_not_asked: Words = Field(
        "This rule asks nothing of your claim.", description="What the partner reads when the rule does not apply."
    )
    broken: Result | None = Field(
        None, description="What follows when it is broken: `decline` at once, or `review` by a person."
    )
    missing: Result = Field("review", description="What follows when a fact is not known; never a silent pass.")


class EngagementDocument(_Part):
    """Rules of engagement: what a claim to a deal is held against, in order, and the figures around it."""

    title: Annotated[str, Field(min_length=1, max_length=80)] = Field(description="Name of the document.")
    protection_days: Annotated[int, Field(ge=1, le=3660)] = Field(
        description="Days a registration is protected from the day of its approval, that last day included."
    )
    answer_hours: Annotated[int, Field(ge=1, le=2000)] = Field(
        description="Working hours within which a claim is answered."
    )
    rules: list[RuleDocument] = Field(
        min_length=1,
        max_length=60,
        description="The rules in order; every claim is held against all of them, the first that declines decides.",
    )


WholeDocument: Final[type[EngagementDocument]] = create_model(
    "EngagementDocument",
    __base__=EngagementDocument,
    __doc__=EngagementDocument.__doc__,
    **{
        section.section: (
            section,
            Field(default_factory=section, description=" ".join((section.__doc__ or "").split())),
        )
        for section in SECTIONS
    },
)  # type: ignore[call-overload]  # the fields are those of the sections there are
"""The document with its sections."""


def engagement_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document, for editors that check while one writes."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **WholeDocument.model_json_schema()}
