"""What is wrong in a document that people wrote: where it stands, in plain words, and how to mend it.

Plans and other documents of the programme read their YAML alike; each brings the examples of its own fields.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from tallystick.kernel.condition_reading import Path, Problem
from tallystick.programmes.rules.source import Source


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """What is wrong: the line (from 1), the field (list items from 1), in plain words, and how to mend it."""

    line: int
    field: str
    message: str
    mend: str

    def __str__(self) -> str:
        where = f"Line {self.line}, {self.field}" if self.field else f"Line {self.line}"
        return f"{where}: {self.message} {self.mend}"


def located(problems: Iterable[Problem], source: Source) -> list[DocumentProblem]:
    """Return the problems with the lines they stand on, in the order of the text."""
    found = [DocumentProblem(source.line(at.path), _field(at.path), at.message, at.mend) for at in problems]
    return sorted(found, key=lambda problem: problem.line)


def _field(path: Path) -> str:
    """Return the path as people count: rules[1].percent for the first rule's percentage."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def structural_problems(
    error: ValidationError, *, examples: Mapping[str, str], ranges: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """Yield what does not fit the fields of a document; `examples` shows how to write each field.

    `ranges` says for a field which numbers it takes; every other number is of days.
    """
    for found in error.errors(include_url=False):
        path = tuple(part for part in found["loc"] if part != "[key]")
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        example = f"Write it like {examples[name]}." if name in examples else "Mend it or take it out."
        match found["type"]:
            case "missing":
                yield Problem(path, f"{name} is missing.", f"Add it: {examples[name]}.")
            case "extra_forbidden":
                yield Problem(path, f"No field is called {name} here.", _nearest_field(name, examples))
            case "literal_error":
                expected = found["ctx"]["expected"].replace("'", "")
                yield Problem(path, f"{name} cannot be {_shown(found['input'])}.", f"Use {expected}.")
            case "too_short" | "too_long" | "string_too_short" | "string_too_long":
                yield Problem(path, f"{name} is empty or too long.", example)
            case "value_error":
                yield Problem(path, f"{name} {_shown(found['input'])} {found['ctx']['error']}.", example)
            case "greater_than_equal" | "less_than_equal":
                yield Problem(
                    path,
                    f"{name} {_shown(found['input'])} is out of range.",
                    (ranges or {}).get(name, "Give 0 to 3660 days."),
                )
            case "string_type" if isinstance(found["input"], int):
                mend = f'Put it in quotes: "{_shown(found["input"])}".'
                yield Problem(path, f"{name} needs a text, not {_shown(found['input'])}.", mend)
            case "string_pattern_mismatch" if name == "id":
                mend = f"Use small letters, digits and _; {example.lower()}"
                yield Problem(path, f"id {_shown(found['input'])} is not an identifier.", mend)
            case "string_pattern_mismatch":
                mend = f"Give a renewal year from 1 to 99: {examples['shares']}."
                yield Problem(path, f"{_shown(found['input'])} is not a renewal year.", mend)
            case _:
                yield Problem(path, f"{name} cannot be {_shown(found['input'])}.", example)


def _shown(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case dict() | BaseModel():
            return "a group of fields"
        case list():
            return "a list"
        case _:
            return repr(value)


def _nearest_field(name: str, examples: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name, list(examples), n=1)
    return f"Did you mean {close[0]}?" if close else "Take it out; the reference lists the fields there are."
