"""From the text of forms to the forms, or to a list of what is wrong with them, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from pydantic import ValidationError

from tallystick.deals.rules.forms.document import EXAMPLES, RANGES, FieldDocument
from tallystick.deals.rules.forms.document import FormDocument as Document
from tallystick.deals.rules.forms.form import LONGEST, FieldKind, Form, FormField, Pattern, Subject
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.condition_reading import Path, Problem
from tallystick.programmes.rules.facts import PARTNER_TYPES
from tallystick.programmes.rules.problems import DocumentProblem, located, structural_problems
from tallystick.programmes.rules.source import Plain, SourceInvalid, read_source

EMPTY_DOCUMENT: Final = "title: Registration form\nregistration: []\nlead: []\n"
"""Nothing is asked beside the standard fields: what holds where a workspace has published no form."""

_MARKS: Final = ("#", "@", "*")
_OF_TEXT: Final = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})
BOUNDS: Final = {
    "shortest": _OF_TEXT,
    "longest": _OF_TEXT,
    "pattern": frozenset({FieldKind.TEXT}),
    "least": frozenset({FieldKind.NUMBER}),
    "most": frozenset({FieldKind.NUMBER}),
    "earliest": frozenset({FieldKind.DATE}),
    "latest": frozenset({FieldKind.DATE}),
    "choices": frozenset({FieldKind.CHOICE}),
}
"""Of which kinds of answers a bound says something."""


class FormInvalid(ValueError):
    """The text is no form to ask by; `problems` says why, in the order of the text."""

    def __init__(self, problems: Sequence[DocumentProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@lru_cache(maxsize=64)
def read_form(text: str) -> Form:
    """Read and check forms. Raises `FormInvalid` with every problem found, each with its line.

    A text that was read before is remembered: forms are read at every claim and change rarely.
    """
    try:
        source = read_source(text, begins=EXAMPLES["title"])
    except SourceInvalid as error:
        raise FormInvalid([DocumentProblem(error.line, "", error.message, error.mend)]) from error
    problems: list[Problem] = []
    form = _build(source.data, problems)
    if problems or form is None:
        raise FormInvalid(located(problems, source))
    return form


def form_document(text: str) -> Document:
    """Return the fields of the document of a text that `read_form` takes."""
    read_form(text)
    return Document.model_validate(read_source(text).data)


def _build(data: Plain, problems: list[Problem]) -> Form | None:
    if not isinstance(data, dict):
        problems.append(Problem((), "A form is a list of fields.", f"Begin with {EXAMPLES['title']}."))
        return None
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        problems.extend(structural_problems(error, examples=EXAMPLES, ranges=RANGES))
        return None
    fields = {subject: _fields(getattr(document, subject.value), subject, problems) for subject in Subject}
    return Form(document.title, fields, sha256_hex(canonical_json(document.model_dump(mode="json"))))


def _fields(written: Sequence[FieldDocument], subject: Subject, problems: list[Problem]) -> tuple[FormField, ...]:
    seen: set[str] = set()
    found = []
    for place, field in enumerate(written):
        path: Path = (subject.value, place)
        if field.id in seen:
            problems.append(Problem((*path, "id"), f"id {field.id} is used twice.", "Give each field its own."))
        seen.add(field.id)
        found.append(_field(field, path, problems))
    return tuple(found)


def _field(written: FieldDocument, path: Path, problems: list[Problem]) -> FormField:
    kind = FieldKind(written.kind)
    for name, kinds in BOUNDS.items():
        if getattr(written, name) is not None and kind not in kinds:
            message = f"{name} says nothing of a field of kind {kind}."
            problems.append(Problem((*path, name), message, f"It is for {' and '.join(sorted(kinds))}; take it out."))
    _check_choices(written, path, problems)
    _check_pattern(written, path, problems)
    for partner_type in written.partner_types or ():
        if partner_type not in PARTNER_TYPES:
            mend = f"Use {', '.join(PARTNER_TYPES)}."
            problems.append(Problem((*path, "partner_types"), f"No partner type is called {partner_type}.", mend))
    if written.partner_types == []:
        mend = f"Leave it out to ask everybody, or write {EXAMPLES['partner_types']}."
        problems.append(Problem((*path, "partner_types"), "The field is asked of nobody.", mend))
    most_characters = LONGEST.get(kind, 0)
    longest = min(written.longest or most_characters, most_characters)
    if (written.shortest or 0) > longest:
        mend = f"Write {longest} or less, or make longest larger."
        problems.append(Problem((*path, "shortest"), f"shortest is more than the {longest} characters at most.", mend))
    least = _number(written.least, (*path, "least"), problems)
    most = _number(written.most, (*path, "most"), problems)
    if least is not None and most is not None and least > most:
        problems.append(Problem((*path, "least"), f"least {least} is more than most {most}.", "Swap the two."))
    return FormField(
        id=written.id,
        label=written.label,
        help=written.help,
        kind=kind,
        required=written.required,
        choices=tuple(written.choices or ()),
        shortest=written.shortest or 0,
        longest=longest,
        least=least,
        most=most,
        earliest=_day(written.earliest, (*path, "earliest"), problems),
        latest=_day(written.latest, (*path, "latest"), problems),
        pattern=Pattern(written.pattern.like, written.pattern.says) if written.pattern else None,
        partner_types=frozenset(written.partner_types or ()),
        crm_property=written.crm_property,
    )


def _check_choices(written: FieldDocument, path: Path, problems: list[Problem]) -> None:
    if FieldKind(written.kind) is FieldKind.CHOICE and not written.choices:
        problems.append(Problem((*path, "choices"), "There is nothing to choose from.", f"Add {EXAMPLES['choices']}."))
    stripped = [choice.strip() for choice in written.choices or ()]
    if len(set(stripped)) < len(stripped) or any(
        kept != raw for kept, raw in zip(stripped, written.choices or (), strict=True)
    ):
        mend = "Write each choice once, without spaces around it."
        problems.append(Problem((*path, "choices"), "A choice stands there twice, or has spaces around it.", mend))


def _check_pattern(written: FieldDocument, path: Path, problems: list[Problem]) -> None:
    if written.pattern is not None and not any(mark in written.pattern.like for mark in _MARKS):
        mend = "Put # for a digit, @ for a letter or * for either into it."
        problems.append(Problem((*path, "pattern", "like"), "The pattern allows one text only.", mend))


def _number(written: str | int | None, path: Path, problems: list[Problem]) -> Decimal | None:
    if written is None:
        return None
    try:
        number = Decimal(str(written))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        problems.append(Problem(path, f"“{written}” is not a number.", "Write it like 1500 or 1.5."))
        return None
    return number


def _day(written: str | None, path: Path, problems: list[Problem]) -> str:
    if not written or written == "today":
        return written or ""
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        problems.append(Problem(path, f"“{written}” is not a day.", "Write it like 2026-11-20, or today."))
        return ""
