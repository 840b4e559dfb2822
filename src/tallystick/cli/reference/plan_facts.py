"""The facts that conditions of a plan may name."""

from __future__ import annotations

from tallystick.cli.reference.conditions import comparisons, values_of
from tallystick.cli.reference.markdown import page, table
from tallystick.programmes.rules.facts import FACTS

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
    facts = [(f"`{fact.name}`", values_of(fact), fact.sentence, fact.source) for fact in FACTS.values()]
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
            *comparisons(),
        ],
    )
