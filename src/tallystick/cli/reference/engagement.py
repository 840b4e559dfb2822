"""How rules of engagement are written: their fields, the facts they may name, and the JSON Schema for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tallystick.cli.reference.conditions import comparisons, values_of
from tallystick.cli.reference.documents import Part, part_section, parts_of
from tallystick.cli.reference.markdown import page, table
from tallystick.deals.rules.engagement.document import EXAMPLES, WholeDocument, engagement_json_schema
from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS, TOLD
from tallystick.kernel.conditions import Fact

_HOW = """\
## How a condition is written

A condition names facts and what they must be. All of them must hold; `any` holds when one of a list of conditions does,
`not` when its condition does not:

```yaml
condition:
  any:
    - account.direct_met: false
    - account.direct_met_days_ago: {gt: 90}
```

A fact that is not known is never taken for false. If the answer depends on it, the claim is
[reviewed by a person](../explanation/deal-registration.md). Words that partners read may hold the facts marked so, in
braces: `{account.direct_met_on}`, and what a fact is compared with: `{claim.value_units.gte}`.

## Comparisons
"""


def engagement_schema() -> str:
    """Return the JSON Schema of rules of engagement, for editors that check while one writes."""
    return json.dumps(engagement_json_schema(), indent=2, ensure_ascii=False) + "\n"


def engagement_page() -> str:
    """Return the page of the document's fields, part by part."""
    return page(
        "Rules of engagement",
        introduction=(
            "Rules of engagement are a YAML file, like `examples/engagement/default.yaml`. "
            "`tallystick engagement check` tells what is wrong with\none, line by line; "
            "[engagement.schema.json](engagement.schema.json) lets an editor tell it while one writes.\n"
            "[Change the rules](../how-to/rules-of-engagement.md) walks through a change, "
            "[engagement facts](engagement-facts.md) lists what conditions may name."
        ),
        body=(
            line
            for path, part in engagement_parts()
            for line in part_section(path, part, whole="The document", examples=EXAMPLES)
        ),
    )


def engagement_facts_page() -> str:
    """Return the page of facts, with the comparisons a condition can make."""
    facts = [
        (f"`{fact.name}`", values_of(fact), _sentence(fact), fact.source, "yes" if fact.name in TOLD else "")
        for fact in ENGAGEMENT_FACTS.values()
    ]
    return page(
        "Engagement facts",
        introduction=(
            "What `condition` and `applies` of a rule of engagement may name, as it stood when the claim came in. A "
            "document that\nnames anything else is refused, with the name that was probably meant."
        ),
        body=[
            *table(["Fact", "Values", "What it says", "Where it comes from", "In words"], facts),
            "",
            *_HOW.splitlines(),
            "",
            *comparisons(),
        ],
    )


def engagement_parts() -> Iterator[tuple[str, Part]]:
    """Yield every part of the document with the path to it, the document itself first with an empty path."""
    return parts_of(WholeDocument)


def _sentence(fact: Fact) -> str:
    return f"{fact.sentence} In {fact.unit}." if fact.unit else fact.sentence
