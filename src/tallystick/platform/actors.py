"""Who does something: every service takes an actor first and writes it into the activity stream."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of hand moved: a person signed in, a program with a key, an operator's command, a job, the demo."""

    PERSON = "person"
    API = "api"
    COMMAND = "command"
    JOB = "job"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change; `label` is what people read in the activity stream."""

    kind: ActorKind
    label: str
    person_id: int | None = None

    @classmethod
    def command(cls, name: str) -> Actor:
        """Return the operator at the command line, named by the command."""
        return cls(kind=ActorKind.COMMAND, label=f"tallystick {name}")

    @classmethod
    def job(cls, name: str) -> Actor:
        """Return a background job, named by its task."""
        return cls(kind=ActorKind.JOB, label=name)


SYSTEM = Actor(kind=ActorKind.SYSTEM, label="Tallystick")
