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


def calculation_of(explanation: Explanation) -> tuple[CalculationLine, ...]:
    """Return the steps of a commission's explanation as lines of a calculation, its conclusion as the result."""
    lines = [
        CalculationLine(label=str(_LABELS.get(step.rule, step.rule)), figure=_figure(step), note=step.sentence)
        for step in explanation.steps
    ]
    result = next((_figure(step) for step in explanation.steps if step.rule == "split"), "")
    lines.append(CalculationLine(label=explanation.conclusion, figure=result, note=by_policy(explanation), result=True))
    return tuple(lines)


def by_policy(explanation: Explanation) -> str:
    """Say by which version of a plan or policy something came out."""
    return _("By %(policy)s") % {"policy": explanation.policy}


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
