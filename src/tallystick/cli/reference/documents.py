"""Pages of documents people write: a section for each part, a row for each field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from tallystick.cli.reference.markdown import table

Part = type[BaseModel]


def parts_of(document: Part) -> Iterator[tuple[str, Part]]:
    """Yield every part of a document with the path to it, the document itself first with an empty path."""
    return _parts("", document)


def part_section(path: str, part: Part, *, whole: str, examples: Mapping[str, str]) -> Iterator[str]:
    """Yield the section of a part; `whole` is the heading of the document itself."""
    yield from (f"## {f'`{path}`' if path else whole}", "", " ".join((part.__doc__ or "").split()), "")
    rows = []
    for name, field in part.model_fields.items():
        written = field.alias or name
        needed = "yes" if field.is_required() else ""
        example = _example(written, field.annotation, examples)
        rows.append((f"`{written}`", needed, field.description or "", f"`{example}`"))
    yield from (*table(["Field", "Needed", "What it says", "Written like"], rows), "")


def _parts(path: str, part: Part) -> Iterator[tuple[str, Part]]:
    yield path, part
    for name, field in part.model_fields.items():
        for inner in _models_in(field.annotation):
            yield from _parts(f"{path}.{field.alias or name}".removeprefix("."), inner)


def _models_in(annotation: Any) -> Iterator[Part]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _example(written: str, annotation: Any, examples: Mapping[str, str]) -> str:
    """Return how a field is written; two parts may have a `mode`, so a choice shows a value of its own."""
    return f"{written}: {get_args(annotation)[0]}" if get_origin(annotation) is Literal else examples[written]
