"""What conditions may be made of, for every page of facts: kinds of values and comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tallystick.cli.reference.markdown import table
from tallystick.kernel.conditions import Fact, FactKind, Operator

_KINDS: Final = {
    FactKind.TEXT: "a text",
    FactKind.CHOICE: "one of",
    FactKind.INTEGER: "a whole number",
    FactKind.BOOLEAN: "`true` or `false`",
    FactKind.DATE: "a date such as `2026-03-31`",
    FactKind.MONEY: "an amount with its currency, such as `50000.00 EUR`",
}

_OPERATORS: Final = {
    Operator.EQ: "is that value; a bare value means the same.",
    Operator.NE: "is another value.",
    Operator.LT: "is below it.",
    Operator.LTE: "is at most that.",
    Operator.GT: "is above it.",
    Operator.GTE: "is at least that.",
    Operator.IN: "is one of a list of values.",
    Operator.NOT_IN: "is none of a list of values.",
}


def comparisons() -> Iterator[str]:
    """Yield the table of comparisons and which facts have an order."""
    yield from table(
        ["Comparison", "Holds when the fact"], [(f"`{name}`", words) for name, words in _OPERATORS.items()]
    )
    yield ""
    yield "`lt`, `lte`, `gt` and `gte` need a fact that has an order: a whole number, a date or an amount."


def values_of(fact: Fact) -> str:
    """Return which values a fact has."""
    return f"{_KINDS[fact.kind]} {', '.join(f'`{choice}`' for choice in fact.choices)}".strip()
