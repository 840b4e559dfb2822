"""How a commission plan is written: its fields, and the JSON Schema for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tallystick.cli.reference.documents import Part, part_section, parts_of
from tallystick.cli.reference.markdown import page
from tallystick.programmes.rules.document import EXAMPLES, PlanDocument, plan_json_schema


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
        body=(
            line
            for path, part in plan_parts()
            for line in part_section(path, part, whole="The plan", examples=EXAMPLES)
        ),
    )


def plan_parts() -> Iterator[tuple[str, Part]]:
    """Yield every part of the document with the path to it, the plan itself first with an empty path."""
    return parts_of(PlanDocument)
