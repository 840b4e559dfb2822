"""Reading conditions that people wrote, with everything that is wrong said at once, in plain words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from tallystick.kernel.conditions import (
    ALWAYS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    FactKind,
    FactSchema,
    Not,
    Operator,
    Value,
)
from tallystick.kernel.currencies import EXPONENTS
from tallystick.kernel.money import Money, NotAnAmount

Path: TypeAlias = tuple[str | int, ...]

_ORDERED = frozenset({FactKind.INTEGER, FactKind.DATE, FactKind.MONEY})
_ORDER_OPERATORS = frozenset({Operator.LT, Operator.LTE, Operator.GT, Operator.GTE})
_LIST_OPERATORS = frozenset({Operator.IN, Operator.NOT_IN})
_EXAMPLE = "Write it like deal.term_months: {gte: 24}."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a document: where, in plain words, and how to mend it."""

    path: Path
    message: str
    mend: str


class ConditionInvalid(ValueError):
    """The condition cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.message} {problem.mend}" for problem in problems))
        self.problems = problems


def parse_condition(document: object, *, schema: FactSchema, path: Path = ()) -> Condition:
    """Read a condition and check every fact, operator and value in it.

    `path` is where the condition stands in a larger document and is put before the path of each problem.
    Raises ConditionInvalid with all problems found.
    """
    problems: list[Problem] = []
    condition = _read_mapping(document, schema, path, problems)
    if problems:
        raise ConditionInvalid(tuple(problems))
    return condition


def _read_mapping(document: object, schema: FactSchema, path: Path, problems: list[Problem]) -> Condition:
    if not isinstance(document, dict):
        problems.append(Problem(path, "A condition is a list of facts and what they must be.", _EXAMPLE))
        return ALWAYS
    parts: list[Condition] = []
    for key, value in document.items():
        match key:
            case "any" | "all":
                group = tuple(_read_group(value, schema, (*path, key), problems))
                parts.append(AnyOf(group) if key == "any" else AllOf(group))
            case "not":
                parts.append(Not(_read_mapping(value, schema, (*path, key), problems)))
            case _ if key in schema:
                parts.extend(_read_fact(schema[key], value, (*path, key), problems))
            case _:
                problems.append(Problem((*path, key), f"No fact is called {key}.", _suggest(str(key), schema)))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _read_group(document: object, schema: FactSchema, path: Path, problems: list[Problem]) -> Iterator[Condition]:
    if not isinstance(document, list) or not document:
        problems.append(Problem(path, f"{path[-1]} needs a list of conditions.", "Begin each with a dash."))
        return
    for position, item in enumerate(document):
        yield _read_mapping(item, schema, (*path, position), problems)


def _read_fact(fact: Fact, document: object, path: Path, problems: list[Problem]) -> Iterator[Comparison]:
    comparisons = document if isinstance(document, dict) else {"eq": document}
    if not comparisons:
        problems.append(Problem(path, f"{fact.name} is compared with nothing.", _EXAMPLE))
    for name, value in comparisons.items():
        where = (*path, name) if comparisons is document else path
        try:
            operator = Operator(name)
        except ValueError:
            known = ", ".join(Operator)
            problems.append(Problem(where, f"{name} is not a comparison.", f"Use one of {known}."))
            continue
        if operator in _ORDER_OPERATORS and fact.kind not in _ORDERED:
            mend = "Use eq, ne, in or not_in."
            problems.append(Problem(where, f"{fact.name} has no order, so {name} means nothing.", mend))
        elif operator in _LIST_OPERATORS:
            if not isinstance(value, list) or not value:
                problems.append(Problem(where, f"{name} needs a list of values.", "Write it like [first, second]."))
                continue
            values = tuple(_read_value(fact, item, (*where, at), problems) for at, item in enumerate(value))
            yield Comparison(fact.name, operator, values)
        else:
            yield Comparison(fact.name, operator, _read_value(fact, value, where, problems))


def _read_value(fact: Fact, value: object, path: Path, problems: list[Problem]) -> Value:
    match fact.kind:
        case FactKind.BOOLEAN if isinstance(value, bool):
            return value
        case FactKind.INTEGER if isinstance(value, int) and not isinstance(value, bool):
            return value
        case FactKind.TEXT if isinstance(value, str) and value:
            return value
        case FactKind.CHOICE if isinstance(value, str) and value in fact.choices:
            return value
        case FactKind.DATE if isinstance(value, str) and _is_date(value):
            return value
        case FactKind.MONEY if isinstance(value, str) and (money := _read_money(value)) is not None:
            return money
    needs = {
        FactKind.BOOLEAN: "true or false",
        FactKind.INTEGER: "a whole number such as 24",
        FactKind.TEXT: "a text such as DE",
        FactKind.CHOICE: "one of " + ", ".join(fact.choices),
        FactKind.DATE: "a date such as 2026-03-31",
        FactKind.MONEY: "an amount with its currency such as 50000.00 EUR",
    }
    problems.append(Problem(path, f"{fact.name} cannot be {_quoted(value)}.", f"Give {needs[fact.kind]}."))
    return ""


def _quoted(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _read_money(text: str) -> Money | None:
    amount, _, currency = text.strip().partition(" ")
    if currency not in EXPONENTS or not re.fullmatch(r"-?\d+(\.\d+)?", amount):
        return None
    try:
        return Money.of(amount, currency)
    except NotAnAmount:
        return None


def _suggest(name: str, schema: FactSchema) -> str:
    close = difflib.get_close_matches(name, list(schema), n=1)
    return f"Did you mean {close[0]}?" if close else "Use one of " + ", ".join(sorted(schema)) + "."
