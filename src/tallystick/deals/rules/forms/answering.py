"""Holds what somebody wrote against the fields of a form: what is kept, and what is wrong, in words for the field.

Pure: the day it is filled in is given. What is not asked of the partner is refused, never kept in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from tallystick.deals.rules.forms.form import FieldKind, FormField, Kept, Pattern, day_meant

_BETWEEN: Final = "[,\u00a0\u202f ]"
_GROUPED: Final = re.compile(rf"[+-]?\d{{1,3}}(?:{_BETWEEN}\d{{3}})+(?:\.\d+)?", re.ASCII)
_PLAIN: Final = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"no", "false", "0"})


class Missing(StrEnum):
    """What follows where an answer that is required was not given."""

    REFUSED = "refused"
    ASKED_AFTERWARDS = "asked_afterwards"


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """What is wrong with one answer, in words to put below its field."""

    field: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What is kept by field id, and what is wrong; a field stands in one of the two or in neither."""

    kept: Mapping[str, Kept]
    problems: tuple[AnswerProblem, ...]


class AnswerRefused(ValueError):
    """The answer is none to the field; the message says how to write one."""


def read_answers(fields: Sequence[FormField], given: Mapping[str, object], *, today: date) -> Answers:
    """Hold what was written against the fields. An empty answer is none; what no field asks for is a problem."""
    kept: dict[str, Kept] = {}
    problems: list[AnswerProblem] = []
    for field in fields:
        try:
            answer = read_answer(field, given.get(field.id), today=today)
        except AnswerRefused as refused:
            problems.append(AnswerProblem(field.id, field.label, str(refused)))
            continue
        if answer is not None:
            kept[field.id] = answer
        elif field.required:
            problems.append(AnswerProblem(field.id, field.label, "An answer is needed."))
    known = {field.id for field in fields}
    problems += [
        AnswerProblem(name, name, f"No field is called {name} here.") for name in sorted(given) if name not in known
    ]
    return Answers(kept, tuple(problems))


def read_answer(field: FormField, given: object, *, today: date) -> Kept | None:
    """Return one answer as it is kept; None for an empty one. Raises `AnswerRefused`."""
    if isinstance(given, bool):
        if field.kind is not FieldKind.YES_NO:
            raise AnswerRefused("Write a text here, not yes or no.")
        return given
    written = "" if given is None else str(given).strip()
    if not written:
        return None
    match field.kind:
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            return _text(field, written)
        case FieldKind.NUMBER:
            return _number(field, written)
        case FieldKind.DATE:
            return _date(field, written, today=today)
        case FieldKind.CHOICE:
            if written not in field.choices:
                raise AnswerRefused(f"Choose one of these: {', '.join(field.choices)}.")
            return written
        case FieldKind.YES_NO:
            if written.lower() not in _YES | _NO:
                raise AnswerRefused("Answer yes or no.")
            return written.lower() in _YES


def looks_like(pattern: Pattern, text: str) -> bool:
    """Tell whether a text has the look of a pattern, character by character."""
    return len(text) == len(pattern.like) and all(
        _fits(wanted, found) for wanted, found in zip(pattern.like, text, strict=True)
    )


def _fits(wanted: str, found: str) -> bool:
    match wanted:
        case "#":
            return found.isascii() and found.isdigit()
        case "@":
            return found.isalpha()
        case "*":
            return found.isalpha() or (found.isascii() and found.isdigit())
        case _:
            return wanted == found


def _text(field: FormField, written: str) -> str:
    if "\x00" in written:
        raise AnswerRefused("The text holds a character that cannot be kept.")
    if field.kind is FieldKind.TEXT and len(written.splitlines()) > 1:
        raise AnswerRefused("Write it on one line.")
    if len(written) < field.shortest:
        raise AnswerRefused(f"Write at least {field.shortest} characters.")
    if len(written) > field.longest:
        raise AnswerRefused(f"Write at most {field.longest} characters; these are {len(written)}.")
    if field.pattern is not None and not looks_like(field.pattern, written):
        raise AnswerRefused(field.pattern.says)
    return written


def _number(field: FormField, written: str) -> str:
    if _GROUPED.fullmatch(written):
        written = re.sub(_BETWEEN, "", written)
    if not _PLAIN.fullmatch(written):
        raise AnswerRefused(f"“{written[:40]}” is not a number. Write it like 1500 or 1.5.")
    number = Decimal(written)
    if field.least is not None and number < field.least:
        raise AnswerRefused(f"Give {field.least:f} or more.")
    if field.most is not None and number > field.most:
        raise AnswerRefused(f"Give {field.most:f} or less.")
    return f"{number:f}"


def _date(field: FormField, written: str, *, today: date) -> str:
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise AnswerRefused(f"“{written[:40]}” is not a day. Write it like 2026-11-20.") from error
    earliest, latest = day_meant(field.earliest, today=today), day_meant(field.latest, today=today)
    if earliest is not None and day < earliest:
        raise AnswerRefused(f"Give {earliest.isoformat()} or a later day.")
    if latest is not None and day > latest:
        raise AnswerRefused(f"Give {latest.isoformat()} or an earlier day.")
    return day.isoformat()
