"""The steps of an approval: which a claim needs, whose turn it is, and who may take a step.

Each step is one decision by another person. Specified in docs/explanation/deal-registration.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS
from tallystick.kernel.condition_reading import parse_condition
from tallystick.kernel.conditions import FactMissing, Facts, evaluate

StepRole: TypeAlias = Literal["admin", "partner_manager", "revops", "finance", "executive"]

DECIDING_ROLES: Final = ("partner_manager", "admin")
"""Who decides where the terms name nobody else."""


class StepRefused(ValueError):
    """The step cannot be taken by this person; the message says who can."""


class StepTerms(BaseModel):
    """A step of an approval, taken by one person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="Name of the step; small letters, digits and `_`."
    )
    says: Annotated[str, Field(min_length=1, max_length=120)] = Field(description="What partners read of the step.")
    roles: Annotated[tuple[StepRole, ...], Field(min_length=1)] = Field(
        DECIDING_ROLES, description="The vendor's roles of which one takes the step."
    )
    when: dict[str, Any] = Field(
        default_factory=dict,
        description="When a claim needs the step, as a condition on engagement facts; left out it always does.",
    )

    @model_validator(mode="after")
    def _names_known_facts(self) -> Self:
        parse_condition(self.when, schema=ENGAGEMENT_FACTS)
        return self

    def is_needed(self, facts: Facts) -> bool:
        """Tell whether a claim needs the step; it does where a fact that the answer depends on is not known."""
        try:
            return evaluate(parse_condition(self.when, schema=ENGAGEMENT_FACTS), facts)
        except FactMissing:
            return True


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One step of a claim as it stands; `taken_by` is the person, none while it waits or where a rule took it."""

    says: str
    roles: tuple[str, ...]
    is_taken: bool
    taken_by: int | None = None


def steps_needed(steps: Sequence[StepTerms], facts: Facts) -> tuple[StepTerms, ...]:
    """Return the steps a claim needs, in order; the first of all where no condition holds, since a person decides."""
    needed = tuple(step for step in steps if step.is_needed(facts))
    return needed or tuple(steps[:1])


def check_step(steps: Sequence[TakenStep], *, role: str | None, person_id: int | None) -> int:
    """Return which step is taken next by somebody in a role, as its place in `steps`.

    Raises StepRefused where all are taken, where another role takes the next, and where the person took one before:
    two eyes are not four. `role` None is the program itself, which may.
    """
    place = next((number for number, step in enumerate(steps) if not step.is_taken), None)
    if place is None:
        raise StepRefused("Every step of the approval is taken.")
    step = steps[place]
    if role is not None and step.roles and role not in step.roles:
        raise StepRefused(f"“{step.says}” is the next step; it is taken by {role_words(step.roles)}.")
    if person_id is not None and any(each.taken_by == person_id for each in steps if each.is_taken):
        raise StepRefused("You took a step before: the next one is for another person.")
    return place


def check_program(steps: Sequence[TakenStep], *, place: int) -> None:
    """Let a program take the step at a place, once an approval: keys are nobody, and two of them no two people.

    Raises StepRefused where a program took a step before; the message says for whom the next one waits.
    """
    if any(step.is_taken and step.taken_by is None for step in steps):
        step = steps[place]
        raise StepRefused(
            f"“{step.says}” is the next step. A program took one before, and programs take one step of an approval at "
            f"most: this one waits for a person in {role_words(step.roles)}."
        )


def role_words(roles: Sequence[str]) -> str:
    """Return roles within a sentence: "finance or executive"."""
    return " or ".join(role.replace("_", " ") for role in roles)
