"""Reading commission plans: what is let through, and how errors name line, field and mend."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.canonical import canonical_json
from tallystick.kernel.conditions import ALWAYS, Comparison, Operator
from tallystick.kernel.money import Money
from tallystick.kernel.rounding import Rounding
from tallystick.programmes.rules.document import EXAMPLES, PlanDocument, plan_json_schema
from tallystick.programmes.rules.facts import FACTS, PARTNER_TYPES
from tallystick.programmes.rules.plan import (
    Band,
    BandMode,
    Bands,
    Flat,
    Percent,
    PerUnit,
    Plan,
    Renewals,
    Rule,
    Uplift,
    percent_text,
    plan_document,
)
from tallystick.programmes.rules.reading import PlanInvalid, PlanProblem, read_plan

PLAN = """\
plan: Referral 2026
track: referral
currency: EUR
valid_from: 2026-01-01
trigger: payment_received
base: {amount: net, excluded_products: [Shipping]}
rules:
  - id: large
    says: Large invoices earn by band.
    when: {deal.term_months: {gte: 24}, customer.country: NO}
    bands:
      mode: marginal
      steps:
        - {from: 0, to: 10000, percent: 5}
        - {from: 10000.00, percent: 8.5}
  - id: standard
    says: 10 % of what the customer paid.
    percent: 10
uplifts:
  - {id: registered, says: The deal was registered., when: {deal.registered: true}, percent: 2}
renewals: {shares: {1: 50, 2: 25}, afterwards: 0}
hold_days: 30
claw_back: {window_days: 180, method: proportional}
rounding: {mode: half_even}
"""
EXAMPLE_PLANS = sorted(Path("examples/programmes").glob("*.yaml"))


def problems(text: str) -> tuple[PlanProblem, ...]:
    with pytest.raises(PlanInvalid) as invalid:
        read_plan(text)
    return invalid.value.problems


def test_a_plan_is_read_exactly() -> None:
    plan = read_plan(PLAN)
    assert (plan.name, plan.track, plan.currency) == ("Referral 2026", "referral", "EUR")
    assert (plan.valid_from, plan.valid_to) == (date(2026, 1, 1), None)
    large, standard = plan.rules
    assert large.rate == Bands(
        BandMode.MARGINAL, (Band(0, 1_000_000, Fraction(1, 20)), Band(1_000_000, None, Fraction(17, 200)))
    )
    assert standard == Rule("standard", "10 % of what the customer paid.", ALWAYS, Percent(Fraction(1, 10)))
    assert plan.uplifts[0].rate == Fraction(1, 50)
    assert plan.renewals == Renewals(((1, Fraction(1, 2)), (2, Fraction(1, 4))), Fraction(0))
    assert [plan.renewals.share(year) for year in (1, 2, 3)] == [Fraction(1, 2), Fraction(1, 4), 0]
    assert (plan.hold_days, plan.claw_back_days, plan.rounding) == (30, 180, Rounding.HALF_EVEN)


def test_norway_is_a_country_and_not_a_no() -> None:
    (_, country) = read_plan(PLAN).rules[0].when.parts  # type: ignore[union-attr]
    assert country == Comparison("customer.country", Operator.EQ, "NO")


def test_a_plan_knows_the_facts_it_depends_on() -> None:
    assert read_plan(PLAN).facts == {
        "deal.term_months",
        "customer.country",
        "deal.registered",
        "line.kind",
        "line.renewal_year",
        "line.product",
    }


def test_a_plan_covers_the_days_of_its_period_only() -> None:
    plan = read_plan(PLAN.replace("2026-01-01", "2026-01-01\nvalid_to: 2026-06-30"))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [plan.covers(day) for day in days] == [False, True, True, False]


def test_texts_that_mean_the_same_are_the_same_plan() -> None:
    other = PLAN.replace("percent: 10\n", "percent: 10.00  # ten\n").replace("to: 10000,", "to: 10000.00,")
    assert read_plan(other).hash == read_plan(PLAN).hash
    assert read_plan(PLAN.replace("percent: 10\n", "percent: 10.01\n")).hash != read_plan(PLAN).hash


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
    assert PlanProblem(line, field, message, mend) in found


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


rates = st.integers(0, 10_000).map(lambda hundredths: Fraction(hundredths, 10_000))
small_rates = st.integers(0, 1_000).map(lambda hundredths: Fraction(hundredths, 20_000))
conditions = st.one_of(
    st.builds(Comparison, st.just("deal.term_months"), st.just(Operator.GTE), st.integers(0, 99)),
    st.builds(Comparison, st.just("deal.registered"), st.just(Operator.EQ), st.booleans()),
)


@st.composite
def bands(draw: st.DrawFn) -> Bands:
    starts = sorted({0, *draw(st.lists(st.integers(1, 10**9), max_size=4))})
    ends = [*starts[1:], None]
    steps = tuple(Band(start, end, draw(small_rates)) for start, end in zip(starts, ends, strict=True))
    return Bands(draw(st.sampled_from(BandMode)), steps)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    money = st.builds(Money, st.integers(0, 10**9), st.just("EUR"))
    rate = st.one_of(small_rates.map(Percent), money.map(Flat), money.map(PerUnit), bands())
    rules = [Rule(f"rule_{at}", "words", draw(conditions), draw(rate)) for at in range(draw(st.integers(1, 3)))]
    uplifts = [Uplift(f"uplift_{at}", "words", draw(conditions), draw(small_rates)) for at in range(2)]
    years = draw(st.dictionaries(st.integers(1, 9), rates, max_size=3))
    renewals = st.builds(Renewals, st.just(tuple(sorted(years.items()))), rates)
    return Plan(
        name=draw(st.text("abc: #'\"", min_size=1, max_size=20)),
        track=draw(st.sampled_from(PARTNER_TYPES)),
        currency="EUR",
        valid_from=draw(st.dates(date(2000, 1, 1), date(2030, 1, 1))),
        valid_to=draw(st.none() | st.dates(date(2030, 1, 1), date(2060, 1, 1))),
        excluded_products=tuple(sorted(draw(st.sets(st.text("xyz", min_size=1, max_size=5), max_size=3)))),
        rules=tuple(rules),
        uplifts=tuple(uplifts),
        renewals=draw(st.none() | renewals),
        hold_days=draw(st.integers(0, 3660)),
        claw_back_days=draw(st.none() | st.integers(0, 3660)),
        rounding=draw(st.sampled_from(Rounding)),
    )


@given(plans())
def test_a_plan_is_read_back_from_its_canonical_form(plan: Plan) -> None:
    again = read_plan(canonical_json(plan_document(plan)))
    assert again == plan
    assert again.hash == plan.hash


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Fraction(1, 8), "12.5"), (Fraction(1, 10), "10"), (Fraction(0), "0"), (Fraction(1), "100")],
)
def test_a_percentage_is_written_as_a_plain_decimal(rate: Fraction, text: str) -> None:
    assert percent_text(rate) == text


@pytest.mark.parametrize("path", EXAMPLE_PLANS, ids=lambda path: path.stem)
def test_the_example_plans_are_plans_for_the_track_they_are_named_after(path: Path) -> None:
    assert read_plan(path.read_text()).track == path.stem


def test_there_is_an_example_plan_for_each_of_six_tracks() -> None:
    assert [path.stem for path in EXAMPLE_PLANS] == [
        "affiliate",
        "instrument_vendor",
        "isv",
        "referral",
        "reseller",
        "system_integrator",
    ]


def test_every_fact_has_its_sentence_its_source_and_a_label() -> None:
    for fact in FACTS.values():
        assert fact.sentence.endswith("."), fact.name
        assert fact.source, fact.name
        assert fact.label, fact.name


def test_the_json_schema_names_every_field_of_a_plan_and_every_fact() -> None:
    schema = plan_json_schema()
    assert set(schema["properties"]) == set(PlanDocument.model_fields)
    assert set(schema["properties"]) <= set(EXAMPLES)
    when = schema["$defs"]["RuleDocument"]["properties"]["when"]["anyOf"][0]
    assert set(FACTS) < set(when["properties"])
    assert schema["$defs"]["RuleDocument"]["additionalProperties"] is False
