"""Reading commission plans: what is let through, and how it is written back."""

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
from tallystick.programmes.rules.reading import read_plan
from tests.unit.programmes.plan_text import PLAN

EXAMPLE_PLANS = sorted(Path("examples/programmes").glob("*.yaml"))


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
