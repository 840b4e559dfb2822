"""How an expected commission is written for a partner."""

from __future__ import annotations

from tallystick.commissions.rules.expectation import Expectation
from tallystick.kernel.money import Money
from tallystick.web.portal.expected import expected_figure


def test_a_missing_fact_is_called_as_people_call_it() -> None:
    reason = "line.renewal_year is not known, and the plan depends on it."

    figure = expected_figure(Expectation(None, None, reason))

    assert (figure.amount, figure.reason) == (
        "",
        "The renewal year is not known, and the plan depends on it.",
    )


def test_a_plan_that_pays_nothing_says_so() -> None:
    figure = expected_figure(Expectation(Money(0, "GBP"), None, "Training is excluded from commission by the plan."))

    assert (figure.amount, figure.reason) == ("£0", "Training is excluded from commission by the plan.")
