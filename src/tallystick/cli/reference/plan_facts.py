"""The facts that conditions of a plan may name."""

from __future__ import annotations

from tallystick.cli.reference.markdown import page, table
from tallystick.kernel.conditions import Fact, FactKind, Operator
from tallystick.programmes.rules.facts import FACTS

_KINDS = {
    FactKind.TEXT: "a text",
    FactKind.CHOICE: "one of",
    FactKind.INTEGER: "a whole number",
    FactKind.BOOLEAN: "`true` or `false`",
    FactKind.DATE: "a date such as `2026-03-31`",
    FactKind.MONEY: "an amount with its currency, such as `50000.00 EUR`",
}

_OPERATORS = {
    Operator.EQ: "is that value; a bare value means the same.",
    Operator.NE: "is another value.",
    Operator.LT: "is below it.",
    Operator.LTE: "is at most that.",
    Operator.GT: "is above it.",
    Operator.GTE: "is at least that.",
    Operator.IN: "is one of a list of values.",
    Operator.NOT_IN: "is none of a list of values.",
}

_HOW = """\
## How a condition is written

A condition names facts and what they must be. All of them must hold:

```yaml
when:
  deal.registered: true
  deal.term_months: {gte: 24, lt: 60}
  partner.tier: {in: [premier, strategic]}
```

`any` holds when one of a list of conditions does, `all` when all of them do, `not` when its condition does not:

```yaml
when:
  any:
    - customer.country: {in: [DE, AT, CH]}
    - not: {deal.kind: renewal}
```

A fact that is not known is never taken for false. If the answer depends on it, the line
[waits for review](../explanation/commissions.md). An amount in another currency than the condition's counts as not
known.

## Comparisons
"""


def plan_facts_page() -> str:
    """Return the page of facts, with the comparisons a condition can make."""
    facts = [(f"`{fact.name}`", _values(fact), fact.sentence, fact.source) for fact in FACTS.values()]
    return page(
        "Plan facts",
        introduction=(
            "What `when` of a rule or an uplift may name, as it stood on the day the invoice was issued. A plan that "
            "names anything\nelse is refused, with the name that was probably meant."
        ),
        body=[
            *table(["Fact", "Values", "What it says", "Where it comes from"], facts),
            "",
            *_HOW.splitlines(),
            "",
            *table(["Comparison", "Holds when the fact"], [(f"`{name}`", words) for name, words in _OPERATORS.items()]),
            "",
            "`lt`, `lte`, `gt` and `gte` need a fact that has an order: a whole number, a date or an amount.",
        ],
    )


def _values(fact: Fact) -> str:
    return f"{_KINDS[fact.kind]} {', '.join(f'`{choice}`' for choice in fact.choices)}".strip()
