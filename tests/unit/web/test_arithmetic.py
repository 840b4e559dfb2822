"""The arithmetic of a commission: what its reader is told, inside and on the partner's side."""

from __future__ import annotations

from tallystick.kernel.explanations import Explanation, Step
from tallystick.web.arithmetic import calculation_of

EXPLANATION = Explanation(
    subject="commission on invoice INV-7, line 1",
    conclusion="540.00 EUR is earned.",
    policy="plan referral@3#ab12cd",
    steps=(
        Step(
            "rule", "standard", "Rule standard: 10 % of what the customer paid.", {"form": "percent", "percent": "1/10"}
        ),
        Step("uplift", "registered", "Uplift registered adds 2 %: The deal was registered.", {"percent": "1/50"}),
        Step("hold", "30", "It is held for 30 days, until 10 May 2026.", {}),
    ),
)


def test_a_partner_reads_no_ids_of_the_plan_s_rules() -> None:
    assert [line.note for line in calculation_of(EXPLANATION, for_partner=True)] == [
        "10 % of what the customer paid.",
        "The deal was registered.",
        "It is held for 30 days, until 10 May 2026.",
        "By version 3 of your plan",
    ]


def test_inside_the_rules_are_called_by_their_ids() -> None:
    assert [line.note for line in calculation_of(EXPLANATION)] == [
        "Rule standard: 10 % of what the customer paid.",
        "Uplift registered adds 2 %: The deal was registered.",
        "It is held for 30 days, until 10 May 2026.",
        "By plan referral@3#ab12cd",
    ]
