"""Forms as the program holds them: typed, checked, in the order they were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

Kept: TypeAlias = str | bool
"""An answer as it is kept: texts, decimal numbers and ISO days as text, yes and no as a truth value."""


class Subject(StrEnum):
    """What a form is filled in for."""

    REGISTRATION = "registration"
    LEAD = "lead"


class FieldKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


LONGEST: Final = {FieldKind.TEXT: 200, FieldKind.LONG_TEXT: 5000}
"""Characters that a text holds at most, whatever a form allows."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a text looks like: `#` a digit, `@` a letter, `*` either, everything else itself; `says` tells people."""

    like: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One thing partners are asked. `earliest` and `latest` are ISO days or "today"; empty means no bound.

    `partner_types` are those that are asked; none means all.
    """

    id: str
    label: str
    help: str
    kind: FieldKind
    required: bool
    choices: tuple[str, ...] = ()
    shortest: int = 0
    longest: int
    least: Decimal | None = None
    most: Decimal | None = None
    earliest: str = ""
    latest: str = ""
    pattern: Pattern | None = None
    partner_types: frozenset[str] = frozenset()
    crm_property: str = ""

    @property
    def is_shortened(self) -> bool:
        """Tell whether a text may be no longer than its kind allows anyway."""
        return self.kind in LONGEST and self.longest < LONGEST[self.kind]

    def is_asked_of(self, partner_type: str) -> bool:
        """Tell whether partners of a type are asked it."""
        return not self.partner_types or partner_type in self.partner_types


@dataclass(frozen=True, slots=True)
class Form:
    """One document of forms; `hash` names its content."""

    title: str
    fields: Mapping[Subject, tuple[FormField, ...]]
    hash: str

    def asked(self, subject: Subject, partner_type: str) -> tuple[FormField, ...]:
        """Return what partners of a type are asked, in order."""
        return tuple(field for field in self.fields[subject] if field.is_asked_of(partner_type))

    def field(self, subject: Subject, field_id: str) -> FormField | None:
        """Return the field of that id, if the form has it."""
        return next((field for field in self.fields[subject] if field.id == field_id), None)


def day_meant(words: str, *, today: date) -> date | None:
    """Return the day a bound names: an ISO day, or "today"; none for an empty one. Raises ValueError."""
    if not words:
        return None
    return today if words == "today" else date.fromisoformat(words)
