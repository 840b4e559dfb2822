"""Conditions on named facts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.condition_reading import ConditionInvalid, parse_condition
from tallystick.kernel.conditions import (
    ALWAYS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    FactKind,
    FactMissing,
    Facts,
    Not,
    Operator,
    compile_condition,
    condition_document,
    describe_condition,
    evaluate,
)
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money

SCHEMA = {
    fact.name: fact
    for fact in (
        Fact("deal.term_months", FactKind.INTEGER, "the term in months", "", ""),
        Fact("deal.registered", FactKind.BOOLEAN, "the deal is registered", "", ""),
        Fact("deal.amount", FactKind.MONEY, "the deal's amount", "", ""),
        Fact("deal.closed_on", FactKind.DATE, "the closing day", "", ""),
        Fact("customer.country", FactKind.TEXT, "the customer's country", "", ""),
        Fact("partner.tier", FactKind.CHOICE, "the tier", "", "", ("premier", "strategic")),
    )
}


def parse(document: object) -> Condition:
    return parse_condition(document, schema=SCHEMA)


def holds(document: object, **facts: FactValue) -> bool:
    return evaluate(parse(document), {name.replace("__", "."): value for name, value in facts.items()})


@pytest.mark.parametrize(
    ("months", "expected"),
    [(23, False), (24, True), (59, True), (60, False)],
)
def test_all_comparisons_of_a_fact_must_hold(months: int, expected: bool) -> None:  # noqa: FBT001
    assert holds({"deal.term_months": {"gte": 24, "lt": 60}}, deal__term_months=months) is expected


def test_a_bare_value_means_equal() -> None:
    assert holds({"deal.registered": True}, deal__registered=True)
    assert not holds({"deal.registered": True}, deal__registered=False)


def test_groups_combine_conditions() -> None:
    document = {"any": [{"customer.country": {"in": ["DE", "AT"]}}, {"not": {"deal.registered": True}}]}
    assert holds(document, customer__country="AT", deal__registered=True)
    assert holds(document, customer__country="FR", deal__registered=False)
    assert not holds(document, customer__country="FR", deal__registered=True)


def test_dates_and_choices_are_compared() -> None:
    assert holds({"deal.closed_on": {"gt": "2026-03-31"}}, deal__closed_on="2026-04-01")
    assert holds({"partner.tier": {"not_in": ["premier"]}}, partner__tier="strategic")


def test_amounts_are_compared_in_their_own_currency_only() -> None:
    document = {"deal.amount": {"gte": "500.00 EUR"}}
    assert holds(document, deal__amount=50_000, deal__amount_currency="EUR")
    assert not holds(document, deal__amount=49_999, deal__amount_currency="EUR")
    with pytest.raises(FactMissing, match="deal.amount is in USD and cannot be compared with EUR"):
        holds(document, deal__amount=50_000, deal__amount_currency="USD")


def test_an_unknown_fact_is_never_taken_for_false() -> None:
    with pytest.raises(FactMissing, match="deal.registered is not known"):
        holds({"deal.registered": {"ne": True}}, deal__registered=None)


def test_an_unknown_fact_does_not_matter_where_the_answer_is_clear_without_it() -> None:
    both = {"deal.registered": True, "deal.term_months": {"gte": 24}}
    assert not holds(both, deal__term_months=12)
    assert holds({"any": [{"deal.registered": True}, {"deal.term_months": {"gte": 24}}]}, deal__term_months=36)
    with pytest.raises(FactMissing):
        holds(both, deal__term_months=36)


@pytest.mark.parametrize(
    ("document", "path", "message", "mend"),
    [
        (
            {"deal.term_month": 3},
            ("deal.term_month",),
            "No fact is called deal.term_month.",
            "Did you mean deal.term_months?",
        ),
        (
            {"deal.term_months": {"above": 3}},
            ("deal.term_months", "above"),
            "above is not a comparison.",
            "Use one of eq, ne, lt, lte, gt, gte, in, not_in.",
        ),
        (
            {"deal.term_months": "long"},
            ("deal.term_months",),
            "deal.term_months cannot be 'long'.",
            "Give a whole number such as 24.",
        ),
        (
            {"deal.term_months": True},
            ("deal.term_months",),
            "deal.term_months cannot be true.",
            "Give a whole number such as 24.",
        ),
        (
            {"deal.registered": {"gt": True}},
            ("deal.registered", "gt"),
            "deal.registered has no order, so gt means nothing.",
            "Use eq, ne, in or not_in.",
        ),
        (
            {"partner.tier": {"in": ["premier", "gold"]}},
            ("partner.tier", "in", 1),
            "partner.tier cannot be 'gold'.",
            "Give one of premier, strategic.",
        ),
        (
            {"partner.tier": {"in": "premier"}},
            ("partner.tier", "in"),
            "in needs a list of values.",
            "Write it like [first, second].",
        ),
        (
            {"deal.amount": {"gte": "500"}},
            ("deal.amount", "gte"),
            "deal.amount cannot be '500'.",
            "Give an amount with its currency such as 50000.00 EUR.",
        ),
        (
            {"deal.closed_on": "31.03.2026"},
            ("deal.closed_on",),
            "deal.closed_on cannot be '31.03.2026'.",
            "Give a date such as 2026-03-31.",
        ),
        ({"any": []}, ("any",), "any needs a list of conditions.", "Begin each with a dash."),
        (
            {"deal.registered": {}},
            ("deal.registered",),
            "deal.registered is compared with nothing.",
            "Write it like deal.term_months: {gte: 24}.",
        ),
    ],
)
def test_a_wrong_condition_says_where_and_how_to_mend_it(
    document: object, path: tuple[str | int, ...], message: str, mend: str
) -> None:
    with pytest.raises(ConditionInvalid) as invalid:
        parse(document)
    (problem,) = invalid.value.problems
    assert (problem.path, problem.message, problem.mend) == (path, message, mend)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ConditionInvalid) as invalid:
        parse({"deal.size": 3, "any": [{"deal.registered": "yes"}]})
    assert [problem.path for problem in invalid.value.problems] == [("deal.size",), ("any", 0, "deal.registered")]


def test_a_condition_is_put_in_words() -> None:
    condition = parse({"deal.term_months": {"gte": 24}, "partner.tier": {"in": ["premier", "strategic"]}})
    words = "the term in months is at least 24 and the tier is one of premier, strategic"
    assert describe_condition(condition, schema=SCHEMA) == words
    assert describe_condition(ALWAYS, schema=SCHEMA) == "always"
    assert describe_condition(parse({"deal.registered": True}), schema=SCHEMA) == "the deal is registered"
    assert describe_condition(parse({"deal.registered": False}), schema=SCHEMA) == "not (the deal is registered)"


comparisons = st.one_of(
    st.builds(
        Comparison, st.just("deal.term_months"), st.sampled_from([Operator.LT, Operator.GTE]), st.integers(0, 60)
    ),
    st.builds(Comparison, st.just("deal.registered"), st.just(Operator.EQ), st.booleans()),
    st.builds(
        Comparison, st.just("deal.amount"), st.just(Operator.LTE), st.builds(Money, st.integers(0, 9), st.just("EUR"))
    ),
)
conditions = st.recursive(
    comparisons,
    lambda parts: st.one_of(
        st.builds(AllOf, st.lists(parts, min_size=2, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, parts),
    ),
    max_leaves=8,
)


@given(conditions)
def test_a_condition_is_read_back_from_its_canonical_document(condition: Condition) -> None:
    assert parse(condition_document(condition)) == condition


@given(conditions, st.integers(0, 60), st.booleans(), st.integers(0, 9))
def test_what_an_unknown_fact_leaves_decided_is_what_every_value_gives(
    condition: Condition,
    months: int,
    registered: bool,  # noqa: FBT001
    amount: int,
) -> None:
    known: dict[str, FactValue] = {"deal.term_months": months, "deal.amount": amount, "deal.amount_currency": "EUR"}
    decide = compile_condition(condition)
    answer = _answer(decide, known)
    assert answer in (None, decide({**known, "deal.registered": registered}))


def _answer(decide: Callable[[Facts], bool], facts: Facts) -> bool | None:
    """Return the answer, or None where it depends on a fact that is not known."""
    try:
        return decide(facts)
    except FactMissing:
        return None
