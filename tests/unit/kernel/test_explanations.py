"""The difference of two explanations: what is gone, and what came, word for word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.explanations import Difference, Explanation, Step, difference_of


def said(*sentences: tuple[str, str]) -> Explanation:
    steps = tuple(Step(rule=rule, outcome="said", sentence=sentence, facts={}) for rule, sentence in sentences)
    return Explanation("opportunity 7", "attribution@1#ab12cd", "Sourced.", steps)


explanations = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["one", "two", "three"]))).map(
    lambda sentences: said(*sentences)
)


def test_a_ruling_changes_what_it_decides_and_leaves_the_rest() -> None:
    before = said(("source", "Corvid is the source."), ("influence", "Solano influenced it."))
    after = said(
        ("ruling", "CF-1 was ruled: the claim of Kite stands."),
        ("source", "Kite is the source."),
        ("influence", "Solano influenced it."),
    )
    assert difference_of(before, after) == Difference(gone=(before.steps[0],), come=(after.steps[0], after.steps[1]))


def test_the_same_words_of_another_rule_are_a_difference() -> None:
    found = difference_of(said(("a", "one")), said(("b", "one")))
    assert ([step.rule for step in found.gone], [step.rule for step in found.come]) == (["a"], ["b"])


@given(explanations)
def test_an_explanation_differs_from_itself_in_nothing(explanation: Explanation) -> None:
    assert difference_of(explanation, explanation) == Difference((), ())


@given(explanations, explanations)
def test_turned_round_what_is_gone_came_and_what_came_is_gone(one: Explanation, other: Explanation) -> None:
    there, back = difference_of(one, other), difference_of(other, one)
    assert (there.gone, there.come) == (back.come, back.gone)


@given(explanations, explanations)
def test_nothing_that_both_say_is_in_the_difference(one: Explanation, other: Explanation) -> None:
    both = {(step.rule, step.sentence) for step in one.steps} & {(step.rule, step.sentence) for step in other.steps}
    found = difference_of(one, other)
    assert not both & {(step.rule, step.sentence) for step in (*found.gone, *found.come)}
