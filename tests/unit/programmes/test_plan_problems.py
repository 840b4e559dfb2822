"""Commission plans that are wrong: errors name line, field and mend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.programmes.rules.problems import DocumentProblem
from tallystick.programmes.rules.reading import PlanInvalid, read_plan
from tests.unit.programmes.plan_text import PLAN


def problems(text: str) -> tuple[DocumentProblem, ...]:
    with pytest.raises(PlanInvalid) as invalid:
        read_plan(text)
    return invalid.value.problems


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message", "mend"),
    [
        ("hold_days: 30\n", "", 1, "hold_days", "hold_days is missing.", "Add it: hold_days: 30."),
        (
            "hold_days: 30",
            "hold_day: 30",
            22,
            "hold_day",
            "No field is called hold_day here.",
            "Did you mean hold_days?",
        ),
        (
            "hold_days: 30",
            "hold_days: soon",
            22,
            "hold_days",
            "hold_days cannot be 'soon'.",
            "Write it like hold_days: 30.",
        ),
        (
            "hold_days: 30",
            "hold_days: -1",
            22,
            "hold_days",
            "hold_days -1 is out of range.",
            "Give 0 to 3660 days.",
        ),
        (
            "percent: 10\n",
            "percent: 110\n",
            18,
            "rules[2].percent",
            "percent 110 is not between 0 and 100.",
            "Write it like percent: 12.5.",
        ),
        (
            "percent: 10\n",
            "percent: ten\n",
            18,
            "rules[2].percent",
            "percent 'ten' is not a number.",
            "Write it like percent: 12.5.",
        ),
        (
            "currency: EUR",
            "currency: Euro",
            3,
            "currency",
            "currency 'Euro' is not an ISO 4217 currency code.",
            "Write it like currency: EUR.",
        ),
        (
            "2026-01-01",
            "01.02.2026",
            4,
            "valid_from",
            "valid_from '01.02.2026' is not a date.",
            "Write it like valid_from: 2026-01-01.",
        ),
        (
            "2026-01-01",
            "2026-01-01\nvalid_to: 2025-12-31",
            5,
            "valid_to",
            "valid_to 2025-12-31 is before valid_from 2026-01-01.",
            "Give a later day, or take valid_to out to leave it open.",
        ),
        (
            "payment_received",
            "deal_won",
            5,
            "trigger",
            "trigger cannot be 'deal_won'.",
            "Use payment_received.",
        ),
        (
            "deal.term_months",
            "deal.term",
            10,
            "rules[1].when.deal.term",
            "No fact is called deal.term.",
            "Did you mean deal.term_months?",
        ),
        (
            "{gte: 24}",
            "{gte: long}",
            10,
            "rules[1].when.deal.term_months.gte",
            "deal.term_months cannot be 'long'.",
            "Give a whole number such as 24.",
        ),
        (
            "to: 10000,",
            "to: 12000,",
            15,
            "rules[1].bands.steps[2].from",
            "Band 1 overlaps band 2.",
            "Begin the next band exactly where this one ends.",
        ),
        (
            "to: 10000,",
            "to: 9000,",
            15,
            "rules[1].bands.steps[2].from",
            "Band 1 leaves a gap to band 2.",
            "Begin the next band exactly where this one ends.",
        ),
        (
            "from: 0,",
            "from: 5,",
            14,
            "rules[1].bands.steps[1].from",
            "The first band does not begin at 0.",
            "Write from: 0.",
        ),
        (
            "percent: 8.5}",
            "to: 20000, percent: 8.5}",
            15,
            "rules[1].bands.steps[2].to",
            "Amounts above the last band have no rate.",
            "Take its to out.",
        ),
        (
            "from: 10000.00",
            "from: 10000.001",
            15,
            "rules[1].bands.steps[2].from",
            "10000.001 has more than the 2 decimals of EUR.",
            "Write the amount with fewer decimals.",
        ),
        (
            "    percent: 10\n",
            "    percent: 10\n    flat: 5\n",
            16,
            "rules[2]",
            "Rule standard has percent and flat.",
            "Give exactly one of percent, flat, per_unit and bands.",
        ),
        (
            "    percent: 10\n",
            "",
            16,
            "rules[2]",
            "Rule standard has no rate.",
            "Give exactly one of percent, flat, per_unit and bands.",
        ),
        (
            "id: standard",
            "id: large",
            16,
            "rules[2].id",
            "id large is used twice.",
            "Give each rule and uplift its own.",
        ),
        (
            "    when: {deal.term_months: {gte: 24}, customer.country: NO}\n",
            "",
            15,
            "rules[2]",
            "Rule standard is never reached: rule large before it always matches.",
            "Move large to the end or give it a when.",
        ),
        (
            "percent: 2}",
            "percent: 91}",
            16,
            "rules[2]",
            "Rule standard and all uplifts together pay more than 100 %.",
            "Lower the rule or the uplifts.",
        ),
        (
            "{1: 50,",
            "{0: 50,",
            21,
            "renewals.shares.0",
            "'0' is not a renewal year.",
            "Give a renewal year from 1 to 99: shares: {1: 50, 2: 25}.",
        ),
        (
            "plan: Referral 2026",
            "plan: 2026",
            1,
            "plan",
            "plan needs a text, not 2026.",
            'Put it in quotes: "2026".',
        ),
        ("hold_days: 30", "hold_days: 30\nhold_days: 31", 23, "", "hold_days stands here twice.", "Keep one of them."),
        ("hold_days: 30", "hold_days: &a 30", 22, "", "&, * and ! have no meaning here.", "Write the value out."),
        (
            "base: {amount: net, excluded_products: [Shipping]}",
            "base: {amount: net, excluded_products: [Shipping",
            7,
            "",
            "The text is not valid YAML: expected ',' or ']', but got ':'.",
            "Check indentation, colons and quotes on this line and the one before.",
        ),
    ],
)
def test_a_wrong_plan_names_line_and_field_and_how_to_mend_it(
    old: str, new: str, line: int, field: str, message: str, mend: str
) -> None:
    assert old in PLAN
    found = problems(PLAN.replace(old, new, 1))
    assert DocumentProblem(line, field, message, mend) in found


def test_all_problems_are_named_at_once_in_the_order_of_the_text() -> None:
    text = PLAN.replace("track: referral", "track: friend").replace("percent: 10\n", "percent: -1\n")
    assert [problem.line for problem in problems(text)] == [2, 18]


def test_an_unknown_track_is_refused_with_those_there_are() -> None:
    (problem,) = problems(PLAN.replace("track: referral", "track: friend"))
    assert problem.message.startswith("track 'friend' is not a track; there are reseller, system_integrator, isv,")


@pytest.mark.parametrize(
    "text", ["", "- plan", "plan", "[[[[", "a: !!python/object:os.system x", "\x00", "x" * 100_001]
)
def test_text_that_is_no_plan_at_all_is_refused(text: str) -> None:
    assert problems(text)


@given(st.text(max_size=200))
def test_any_text_is_a_plan_or_is_refused_with_a_line(text: str) -> None:
    assert all(problem.line >= 1 for problem in problems(text))
