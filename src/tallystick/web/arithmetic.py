"""The arithmetic of a commission as lines of a calculation: each step's figure at the end, its sentence below.

Console and portal show the same lines; the figures are those of the explanation, written and never computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.kernel.explanations import Explanation, FactValue, Step
from tallystick.kernel.rounding import Rounding, round_fraction
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine

_LABELS = {
    "event": gettext_lazy("What happened"),
    "base": gettext_lazy("Counts as paid, net of tax"),
    "rule": gettext_lazy("Rate"),
    "uplift": gettext_lazy("Uplift"),
    "renewal": gettext_lazy("Renewal share"),
    "exchange_rate": gettext_lazy("Exchange rate"),
    "earned": gettext_lazy("Earned on this line so far"),
    "split": gettext_lazy("This entry"),
    "hold": gettext_lazy("Hold"),
}


def calculation_of(explanation: Explanation, *, for_partner: bool = False) -> tuple[CalculationLine, ...]:
    """Return the steps of a commission's explanation as lines of a calculation, its conclusion as the result.

    A partner reads the version of its plan and no ids of its rules; inside, where two texts may have to be told apart,
    the version's digest stands too.
    """
    policy = by_own_plan(explanation) if for_partner else by_policy(explanation)
    lines = [
        CalculationLine(
            label=str(_LABELS.get(step.rule, step.rule)),
            figure=_figure(step),
            note=_without_id(step) if for_partner else step.sentence,
        )
        for step in explanation.steps
    ]
    result = next((_figure(step) for step in explanation.steps if step.rule == "split"), "")
    lines.append(CalculationLine(label=explanation.conclusion, figure=result, note=policy, result=True))
    return tuple(lines)


def by_policy(explanation: Explanation) -> str:
    """Say by which version of a plan or policy something came out."""
    return _("By %(policy)s") % {"policy": explanation.policy}


def by_own_plan(explanation: Explanation) -> str:
    """Say to a partner by which version of its plan something came out: "By version 3 of your plan"."""
    return _("By version %(number)s of your plan") % {"number": version_in(explanation.policy)}


def version_in(reference: str) -> str:
    """Return the version that the name of a plan or policy holds: "3" of "attribution@3#ab12cd"."""
    return reference.partition("@")[2].partition("#")[0]


def _without_id(step: Step) -> str:
    """Return what a step says without the id that the plan's document gives to its rule or uplift."""
    named = {"rule": f"Rule {step.outcome}: ", "uplift": f"Uplift {step.outcome} adds "}.get(step.rule)
    if not named or not step.sentence.startswith(named):
        return step.sentence
    said = step.sentence.removeprefix(named)
    return said if step.rule == "rule" else said.partition(": ")[2]


def _figure(step: Step) -> str:
    match step.rule:
        case "event" | "split":
            return _money(step.facts, "amount")
        case "base":
            return _money(step.facts, "base")
        case "rule" if step.facts.get("form") == "percent":
            return _percent(step.facts.get("percent"))
        case "uplift":
            return f"+{_percent(step.facts.get('percent'))}"
        case "renewal":
            return _percent(step.facts.get("share"))
        case "exchange_rate":
            return step.outcome
        case "earned":
            return _money(step.facts, "earned")
        case _:
            return ""


def _money(facts: Mapping[str, FactValue], name: str) -> str:
    minor, currency = facts.get(name), facts.get(f"{name}_currency")
    if minor is None or not isinstance(currency, str):
        return ""
    return formats.money_exact(round_fraction(Fraction(minor), Rounding.HALF_EVEN), currency)


def _percent(share: FactValue) -> str:
    if not isinstance(share, str):
        return ""
    exact = Fraction(share)
    digits = next((digits for digits in range(4) if (exact * 100 * 10**digits).denominator == 1), 4)
    return formats.percent(exact, digits=digits)
