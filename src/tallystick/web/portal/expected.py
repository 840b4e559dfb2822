"""An expected commission as the portal shows it: the amount, the rate in words and the short arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.commissions.rules.expectation import Expectation
from tallystick.commissions.rules.facts import PPM
from tallystick.kernel.explanations import Explanation, Step
from tallystick.programmes.rules.facts import facts_in_words
from tallystick.web.arithmetic import by_own_plan, calculation_of
from tallystick.web.portal.pages import exact, trimmed
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine

_LABELS = {
    "event": gettext_lazy("Contract value"),
    "rule": gettext_lazy("Rate"),
    "uplift": gettext_lazy("Uplift"),
    "renewal": gettext_lazy("Renewal share"),
}
_SHORT = (*_LABELS, "exchange_rate")
"""The steps that tell how an estimate comes about; the others say how payments are told apart, and there is none."""


@dataclass(frozen=True, slots=True)
class ExpectedFigure:
    """An estimate in words; `amount` is "" when none can be named, and `reason` says why."""

    amount: str
    rate: str
    reason: str
    calculation: tuple[CalculationLine, ...]


def expected_figure(expectation: Expectation) -> ExpectedFigure:
    """Return an expectation as it is shown."""
    if expectation.amount is None or expectation.explanation is None:
        amount = trimmed(expectation.amount) if expectation.amount is not None else ""
        return ExpectedFigure(amount, "", facts_in_words(expectation.reason or ""), ())
    return ExpectedFigure(
        trimmed(expectation.amount),
        _rate(expectation.explanation),
        "",
        _short(expectation.explanation, exact(expectation.amount)),
    )


def _short(explanation: Explanation, amount: str) -> tuple[CalculationLine, ...]:
    """Return the steps that matter before anything is paid, and the result."""
    written = zip(explanation.steps, calculation_of(explanation, for_partner=True), strict=False)
    lines = [
        CalculationLine(label=str(_LABELS.get(step.rule, line.label)), figure=line.figure, note=line.note)
        for step, line in written
        if step.rule in _SHORT
    ]
    share = _share(explanation.step("split"))
    if share != 1:
        lines.append(CalculationLine(label=_("Your share of the credit"), figure=_percent(share)))
    result = CalculationLine(
        label=_("Earned when the customer has paid"), figure=amount, note=by_own_plan(explanation), result=True
    )
    return (*lines, result)


def _rate(explanation: Explanation) -> str:
    """Return the rate that counts, uplifts included: "at 20%"; "" where the plan pays no percentage."""
    rule = explanation.step("rule")
    percent = rule.facts.get("percent")
    if rule.facts.get("form") != "percent" or not isinstance(percent, str):
        return ""
    added = [step.facts.get("percent") for step in explanation.steps if step.rule == "uplift"]
    whole = Fraction(percent) + sum((Fraction(part) for part in added if isinstance(part, str)), Fraction(0))
    return f"at {_percent(whole)}"


def _share(split: Step) -> Fraction:
    shares, position = str(split.facts["shares"]).split(), split.facts["position"]
    return Fraction(int(shares[int(position or 0)]), PPM)


def _percent(share: Fraction) -> str:
    digits = next((digits for digits in range(4) if (share * 100 * 10**digits).denominator == 1), 2)
    return formats.percent(share, digits=digits)
