"""How a commission plan is written: its fields, and the JSON Schema for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from tallystick.cli.reference.markdown import page, table
from tallystick.programmes.rules.document import EXAMPLES, PlanDocument, plan_json_schema

_Part = type[BaseModel]


def plan_schema() -> str:
    """Return the JSON Schema of a plan, for editors that check while one writes."""
    return json.dumps(plan_json_schema(), indent=2, ensure_ascii=False) + "\n"


def plan_page() -> str:
    """Return the page of the plan's fields, part by part."""
    return page(
        "Plan document",
        introduction=(
            "A commission plan is a YAML file. `tallystick plan check` tells what is wrong with one, line by line; "
            "[plan.schema.json](plan.schema.json)\nlets an editor tell it while one writes. "
            "[Publish a plan](../how-to/publish-a-plan.md) walks through an example."
        ),
        body=(line for path, part in plan_parts() for line in _section(path, part)),
    )


def plan_parts() -> Iterator[tuple[str, _Part]]:
    """Yield every part of the document with the path to it, the plan itself first with an empty path."""
    return _parts("", PlanDocument)


def _parts(path: str, part: _Part) -> Iterator[tuple[str, _Part]]:
    yield path, part
    for name, field in part.model_fields.items():
        for inner in _models_in(field.annotation):
            yield from _parts(f"{path}.{field.alias or name}".removeprefix("."), inner)


def _models_in(annotation: Any) -> Iterator[_Part]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _section(path: str, part: _Part) -> Iterator[str]:
    yield from (f"## {f'`{path}`' if path else 'The plan'}", "", " ".join((part.__doc__ or "").split()), "")
    rows = []
    for name, field in part.model_fields.items():
        written = field.alias or name
        needed = "yes" if field.is_required() else ""
        rows.append((f"`{written}`", needed, field.description or "", f"`{_example(written, field.annotation)}`"))
    yield from (*table(["Field", "Needed", "What it says", "Written like"], rows), "")


def _example(written: str, annotation: Any) -> str:
    """Return how a field is written; two parts have a `mode`, so a choice shows a value of its own."""
    return f"{written}: {get_args(annotation)[0]}" if get_origin(annotation) is Literal else EXAMPLES[written]
