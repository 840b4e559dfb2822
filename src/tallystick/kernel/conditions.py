"""Conditions on named facts: data that is checked when it is saved and evaluated without surprises.

A condition is written as a mapping, and everything in it must hold:

    deal.registered: true
    deal.term_months: {gte: 24, lt: 60}
    partner.tier: {in: [premier, strategic]}
    deal.amount: {gte: 50000.00 EUR}
    any:
      - customer.country: {in: [DE, AT, CH]}
      - not: {deal.kind: renewal}

`condition_reading` checks it against a schema of facts and returns the small typed form below; `compile_condition`
turns that form into a function. A fact that is not known is never taken for false: if the answer depends on it,
FactMissing is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, assert_never

from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money

Facts: TypeAlias = Mapping[str, FactValue]


class FactKind(StrEnum):
    """What a fact's values are. Dates are ISO 8601 text; money is minor units beside `<name>_currency`."""

    TEXT = "text"
    CHOICE = "choice"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that conditions may name: how people call it, what it says, where it comes from, and in which unit."""

    name: str
    kind: FactKind
    label: str
    sentence: str
    source: str
    choices: tuple[str, ...] = ()
    unit: str = ""


FactSchema: TypeAlias = Mapping[str, Fact]


class Operator(StrEnum):
    """How a fact is compared with a value."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    NOT_IN = "not_in"


_WORDS = {
    Operator.EQ: "is",
    Operator.NE: "is not",
    Operator.LT: "is below",
    Operator.LTE: "is at most",
    Operator.GT: "is above",
    Operator.GTE: "is at least",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
}

Value: TypeAlias = str | int | bool | Money


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact compared with one value, or with several for `in` and `not_in`."""

    fact: str
    operator: Operator
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds; without parts it always holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: Condition


Condition: TypeAlias = Comparison | AllOf | AnyOf | Not
ALWAYS: Condition = AllOf(())


class FactMissing(LookupError):
    """The answer depends on a fact that is not known, so there is no answer."""

    def __init__(self, fact: str, reason: str = "is not known") -> None:
        super().__init__(f"{fact} {reason}")
        self.fact = fact
        self.reason = reason


def facts_named(condition: Condition) -> frozenset[str]:
    """Return the names of all facts the condition looks at."""
    match condition:
        case Comparison(fact=fact):
            return frozenset({fact})
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return frozenset().union(*(facts_named(part) for part in parts))
        case Not(part=part):
            return facts_named(part)
        case _:
            assert_never(condition)


def evaluate(condition: Condition, facts: Facts) -> bool:
    """Say whether the condition holds for the facts. Raises FactMissing where that depends on an unknown fact."""
    return compile_condition(condition)(facts)


def compile_condition(condition: Condition) -> Callable[[Facts], bool]:
    """Turn the condition into a function of the facts.

    An unknown fact matters only where the answer depends on it, in whatever order the parts are written: `all` with a
    part that is false is false, `any` with a part that is true is true. Otherwise the function raises FactMissing.
    """
    match condition:
        case Comparison():
            return _compile_comparison(condition)
        case AllOf(parts=parts):
            return _compile_group([compile_condition(part) for part in parts], decisive=False)
        case AnyOf(parts=parts):
            return _compile_group([compile_condition(part) for part in parts], decisive=True)
        case Not(part=part):
            holds = compile_condition(part)
            return lambda facts: not holds(facts)
        case _:
            assert_never(condition)


def _compile_group(parts: list[Callable[[Facts], bool]], *, decisive: bool) -> Callable[[Facts], bool]:
    def holds(facts: Facts) -> bool:
        missing: FactMissing | None = None
        for part in parts:
            try:
                if part(facts) is decisive:
                    return decisive
            except FactMissing as unknown:
                missing = missing or unknown
        if missing:
            raise missing
        return not decisive

    return holds


def _compile_comparison(comparison: Comparison) -> Callable[[Facts], bool]:
    name, operator = comparison.fact, comparison.operator
    compare = _COMPARE[operator]
    wanted = comparison.value
    if isinstance(wanted, Money) or (isinstance(wanted, tuple) and isinstance(wanted[0], Money)):
        return _compile_money(name, operator, wanted)  # type: ignore[arg-type]  # the reader made all of them Money

    def holds(facts: Facts) -> bool:
        value = facts.get(name)
        if value is None:
            raise FactMissing(name)
        return compare(value, wanted)

    return holds


def _compile_money(name: str, operator: Operator, wanted: Money | tuple[Money, ...]) -> Callable[[Facts], bool]:
    compare = _COMPARE[operator]
    amounts = wanted if isinstance(wanted, tuple) else (wanted,)
    currencies = {amount.currency for amount in amounts}
    minor = tuple(amount.minor for amount in amounts) if isinstance(wanted, tuple) else wanted.minor

    def holds(facts: Facts) -> bool:
        value, currency = facts.get(name), facts.get(f"{name}_currency")
        if value is None:
            raise FactMissing(name)
        if currencies != {currency}:
            raise FactMissing(name, f"is in {currency} and cannot be compared with {' and '.join(sorted(currencies))}")
        return compare(value, minor)

    return holds


_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: lambda value, wanted: value == wanted,
    Operator.NE: lambda value, wanted: value != wanted,
    Operator.LT: lambda value, wanted: value < wanted,
    Operator.LTE: lambda value, wanted: value <= wanted,
    Operator.GT: lambda value, wanted: value > wanted,
    Operator.GTE: lambda value, wanted: value >= wanted,
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.NOT_IN: lambda value, wanted: value not in wanted,
}


def condition_document(condition: Condition) -> dict[str, Any]:
    """Return the condition as plain data in one canonical spelling, which `parse_condition` reads back to the same."""
    match condition:
        case Comparison(fact=fact, operator=operator, value=value):
            plain = [_plain(item) for item in value] if isinstance(value, tuple) else _plain(value)
            return {fact: {str(operator): plain}}
        case AllOf(parts=parts):
            return {"all": [condition_document(part) for part in parts]} if parts else {}
        case AnyOf(parts=parts):
            return {"any": [condition_document(part) for part in parts]}
        case Not(part=part):
            return {"not": condition_document(part)}
        case _:
            assert_never(condition)


def describe_condition(condition: Condition, *, schema: FactSchema) -> str:
    """Return the condition in words: "the term in months is at least 24 and the partner's tier is one of …"."""
    match condition:
        case Comparison(fact=fact, operator=operator, value=bool(value)):
            label = schema[fact].label
            return label if value is (operator is Operator.EQ) else f"not ({label})"
        case Comparison(fact=fact, operator=operator, value=value):
            values = value if isinstance(value, tuple) else (value,)
            return f"{schema[fact].label} {_WORDS[operator]} {', '.join(map(str, values))}"
        case AllOf(parts=parts):
            return " and ".join(_bracketed(part, schema) for part in parts) or "always"
        case AnyOf(parts=parts):
            return " or ".join(_bracketed(part, schema) for part in parts)
        case Not(part=part):
            return f"not ({describe_condition(part, schema=schema)})"
        case _:
            assert_never(condition)


def _bracketed(condition: Condition, schema: FactSchema) -> str:
    words = describe_condition(condition, schema=schema)
    return f"({words})" if isinstance(condition, AllOf | AnyOf) and len(condition.parts) > 1 else words


def _plain(value: Value) -> str | int | bool:
    return f"{value.amount:f} {value.currency}" if isinstance(value, Money) else value
