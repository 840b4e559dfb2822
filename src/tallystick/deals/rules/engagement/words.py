"""Words of rules: sentences with facts in braces, checked when they are saved and filled in when they are read.

`{account.direct_met_on}` stands for a fact of the claim, `{claim.value_units.gte}` for what the rule compares it with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS, TOLD, UNITS
from tallystick.kernel.conditions import AllOf, AnyOf, Comparison, Condition, Fact, FactKind, Facts, Not, Value
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money

NOT_KNOWN: Final = "not known"
_BRACED: Final = re.compile(r"\{([^{}]*)\}")


def facts_in(words: str) -> frozenset[str]:
    """Return the names of the facts that stand in the words, those compared with among them."""
    return frozenset(".".join(name.split(".")[:2]) for name in _BRACED.findall(words))


def faults_of(words: str, compared: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the braces of a sentence, each with how to mend it.

    `compared` is `compared_in`, or None where the condition itself is wrong: then its words are not held against it.
    """
    if re.search(r"[{}]", _BRACED.sub("", words)):
        yield "A brace has no partner.", "Write facts like {claim.value}."
    for name in _BRACED.findall(words):
        parts = name.split(".")
        if len(parts) == 3 and ".".join(parts[:2]) in ENGAGEMENT_FACTS:
            if compared is not None and name not in compared:
                yield f"The rule compares nothing as {name}.", "Name a comparison of its condition, or the fact itself."
        elif name not in ENGAGEMENT_FACTS:
            yield f"No fact is called {name}.", "The reference of engagement facts lists those there are."
        elif name not in TOLD:
            yield f"{name} is not for partners to read.", "Say it without the figure."


def compared_in(*conditions: Condition) -> dict[str, str]:
    """Return what conditions compare facts with, as words: "claim.value_units.gte" is "5000"."""
    found: dict[str, str] = {}
    for condition in conditions:
        match condition:
            case Comparison(fact=fact, operator=operator, value=value):
                values = value if isinstance(value, tuple) else (value,)
                found.setdefault(f"{fact}.{operator}", ", ".join(_limit(one, ENGAGEMENT_FACTS[fact]) for one in values))
            case AllOf(parts=parts) | AnyOf(parts=parts):
                found = {**compared_in(*parts), **found}
            case Not(part=part):
                found = {**compared_in(part), **found}
    return found


def filled(words: str, *, facts: Facts, compared: Mapping[str, str], currency: str) -> str:
    """Return the words with what stands in braces; a fact that is not known says so.

    `currency` is the workspace's: whole units are amounts of it.
    """

    def figure(found: re.Match[str]) -> str:
        name = found[1]
        if name in compared:
            fact = ENGAGEMENT_FACTS[".".join(name.split(".")[:2])]
            return f"{compared[name]} {currency}" if fact.unit == UNITS else compared[name]
        return spoken(ENGAGEMENT_FACTS[name], facts, currency=currency)

    return _BRACED.sub(figure, words)


def spoken(fact: Fact, facts: Facts, *, currency: str) -> str:
    """Return a fact's value as people write it: "3 Sep 2026", "42,000.00 EUR", "12,500 EUR", "yes"."""
    value = facts.get(fact.name)
    if value is None:
        return NOT_KNOWN
    match fact.kind:
        case FactKind.MONEY if isinstance(value, int):
            return str(Money(value, str(facts.get(f"{fact.name}_currency") or currency)))
        case FactKind.DATE:
            return spoken_day(date.fromisoformat(str(value)))
        case FactKind.BOOLEAN:
            return "yes" if value else "no"
        case FactKind.INTEGER if fact.unit == UNITS:
            return f"{value:,} {currency}"
        case FactKind.INTEGER:
            return f"{value:,}"
        case FactKind.CHOICE:
            return str(value).replace("_", " ")
        case _:
            return str(value)


def spoken_day(day: date) -> str:
    """Write a day as sentences of rules do: "3 Sep 2026"."""
    return f"{day.day} {day:%b %Y}"


def _limit(value: Value, fact: Fact) -> str:
    if isinstance(value, Money) or fact.kind is FactKind.MONEY:
        return str(value)
    plain: FactValue = value
    return spoken(fact, {fact.name: plain}, currency="").strip()
