"""The reference says what the code says, and nothing in it lacks its sentence."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.cli.reference import PAGES
from tallystick.cli.reference.command_line import every_command_with_help
from tallystick.cli.reference.engagement import engagement_parts
from tallystick.cli.reference.events import EVENTS, TAKEN_APART
from tallystick.cli.reference.plan_document import plan_parts
from tallystick.configuration import Configuration
from tallystick.deals.rules.engagement import document as engagement
from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS, TOLD
from tallystick.insights.catalogue import METRICS
from tallystick.platform.invariants import invariants
from tallystick.programmes.rules.document import EXAMPLES
from tallystick.programmes.rules.facts import FACTS
from tests.architecture.source import SourceFile, dotted, package_files

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
VERBS = {verb: sentence for sentences in EVENTS.values() for verb, sentence in sentences.items()}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "Write it anew: tallystick reference"


def test_every_setting_has_its_sentence() -> None:
    for name, field in Configuration.model_fields.items():
        assert _is_sentence(field.description), name


def test_every_command_and_what_is_given_to_it_has_its_sentence() -> None:
    for command in every_command_with_help():
        assert _is_sentence(command.sentence), command.name
        for parameter in command.parameters:
            assert parameter.sentence.endswith("."), (command.name, parameter.written)


def test_every_field_of_a_plan_has_its_sentence_and_an_example() -> None:
    for path, part in plan_parts():
        assert _is_sentence(part.__doc__), path
        for name, field in part.model_fields.items():
            assert field.description is not None, (path, name)
            assert field.description.endswith("."), (path, name)
            assert (field.alias or name) in EXAMPLES, (path, name)


def test_the_schema_of_plans_is_valid_json_that_knows_every_fact() -> None:
    schema = json.loads((FOLDER / "plan.schema.json").read_text(encoding="utf-8"))
    condition = schema["$defs"]["UpliftDocument"]["properties"]["when"]["anyOf"][0]
    assert set(condition["properties"]) == {*FACTS, "any", "all", "not"}


def test_every_field_of_rules_of_engagement_has_its_sentence_and_an_example() -> None:
    for path, part in engagement_parts():
        assert _is_sentence(part.__doc__), path
        for name, field in part.model_fields.items():
            assert field.description is not None, (path, name)
            assert field.description.endswith("."), (path, name)
            assert name in engagement.EXAMPLES, (path, name)


def test_the_schema_of_rules_of_engagement_is_valid_json_that_knows_every_fact() -> None:
    schema = json.loads((FOLDER / "engagement.schema.json").read_text(encoding="utf-8"))
    condition = schema["$defs"]["RuleDocument"]["properties"]["condition"]["anyOf"][0]
    assert set(condition["properties"]) == {*ENGAGEMENT_FACTS, "any", "all", "not"}


def test_every_fact_that_documents_may_name_has_its_sentence() -> None:
    for fact in (*FACTS.values(), *ENGAGEMENT_FACTS.values()):
        assert _is_sentence(fact.sentence), fact.name
    assert set(ENGAGEMENT_FACTS) >= TOLD


def test_every_metric_has_its_definition() -> None:
    for metric in METRICS:
        assert _is_sentence(metric.definition), metric.id
        assert _is_sentence(metric.grain), metric.id


def test_every_invariant_has_its_sentence() -> None:
    for declared in invariants():
        assert _is_sentence(declared.sentence), declared.id


def test_every_event_has_its_sentence() -> None:
    for verb, sentence in VERBS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", verb), verb
        assert _is_sentence(sentence), verb


def test_the_events_are_those_the_code_records() -> None:
    """A verb that is put together, such as `registration_{state}`, stands for every event of that form."""
    written = set(_verbs_in_the_code()) - set(TAKEN_APART.values())
    assert {verb for verb in VERBS if not any(re.fullmatch(form, verb) for form in written)} == set()
    assert {form for form in written if not any(re.fullmatch(form, verb) for verb in VERBS)} == set()


def _verbs_in_the_code() -> Iterator[str]:
    """Yield each `verb=…` of a call as a regular expression; a constant of the module counts as what it holds."""
    for file in package_files():
        constants = _texts_of(file)
        for node in file.walk():
            match node:
                case ast.keyword(arg="verb", value=ast.Name(id=name)) if name in constants:
                    yield re.escape(constants[name])
                case ast.keyword(arg="verb", value=ast.Constant(value=str(verb))):
                    yield re.escape(verb)
                case ast.keyword(arg="verb", value=ast.JoinedStr(values=parts)):
                    yield "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts
                    )


def _texts_of(file: SourceFile) -> dict[str, str]:
    return {
        name: text
        for node in file.tree.body
        if isinstance(node, ast.AnnAssign)
        and (name := dotted(node.target))
        and isinstance(node.value, ast.Constant)
        and isinstance(text := node.value.value, str)
    }


def _is_sentence(text: str | None) -> bool:
    return text is not None and text[0].isupper() and text.rstrip().endswith(".")
