"""Rules of engagement that are wrong: each mistake with its line, its field and how to mend it; and properties."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.countries import country_code
from tallystick.deals.rules.engagement.assessing import check_claim
from tallystick.deals.rules.engagement.claims import facts_of
from tallystick.deals.rules.engagement.comparing import Answered, Change, Difference, difference_of
from tallystick.deals.rules.engagement.facts import ENGAGEMENT_FACTS
from tallystick.deals.rules.engagement.reading import EngagementInvalid, default_document, read_engagement
from tallystick.deals.rules.engagement.two_tier import TwoTier
from tallystick.kernel.conditions import FactKind
from tallystick.kernel.explanations import FactValue

from .engagement_claims import CLAIM, RULES

TEXT = default_document()


def problems(text: str) -> list[str]:
    with pytest.raises(EngagementInvalid) as invalid:
        read_engagement(text)
    return [str(problem) for problem in invalid.value.problems]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def test_the_example_is_what_ships() -> None:
    example = Path(__file__).parents[3] / "examples" / "engagement" / "default.yaml"

    assert example.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("old", "new", "words", "problem"),
    [
        (
            "protection_days: 90",
            "protection_days: 0",
            "protection_days",
            "protection_days: protection_days 0 is out of range. Give 1 to 3660 days.",
        ),
        (
            "answer_hours: 48",
            "answer_hour: 48",
            "answer_hour:",
            "answer_hour: No field is called answer_hour here. Did you mean answer_hours?",
        ),
        (
            "{account.is_customer: false}",
            "{account.customer: false}",
            "account.customer",
            (
                "rules[4].condition.account.customer: No fact is called account.customer. "
                "Did you mean account.is_customer?"
            ),
        ),
        (
            "The value is at least {claim.value_units.gte}.",
            "The value is at least {claim.value_units.gt}.",
            "claim.value_units.gt}",
            (
                "rules[7].when_met: The rule compares nothing as claim.value_units.gt. "
                "Name a comparison of its condition, or the fact itself."
            ),
        ),
        (
            "The company is already a customer of ours.",
            "Held by {account.holder}.",
            "Held by",
            "rules[4].when_broken: account.holder is not for partners to read. Say it without the figure.",
        ),
        (
            "The company is already a customer of ours.",
            "Since {account.since}.",
            "account.since",
            (
                "rules[4].when_broken: No fact is called account.since. "
                "The reference of engagement facts lists those there are."
            ),
        ),
        (
            "The company is already a customer of ours.",
            "A customer {already.",
            "{already",
            "rules[4].when_broken: A brace has no partner. Write facts like {claim.value}.",
        ),
        (
            "id: not_twice",
            "id: first_to_register",
            "Not registered by you already",
            "rules[2].id: id first_to_register is used twice. Give each rule its own.",
        ),
        (
            "family: existing_customer",
            "family: customers",
            "family: customers",
            (
                "rules[4].family: family cannot be 'customers'. Use eligibility, duplicate, existing_customer, "
                "direct_activity, territory, certification, caps, product_scope or two_tier."
            ),
        ),
        (
            "two_tier:\n  distributor_sees: [company, product,",
            "two_tier:\n  distributor_sees: [contact, product,",
            "[contact",
            (
                "two_tier.distributor_sees[1]: distributor_sees cannot be 'contact'. "
                "Use company, product, reseller, state, protection or value."
            ),
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_its_field_and_how_to_mend_it(
    old: str, new: str, words: str, problem: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)

    found = problems(text)
    line = line_of(text, words) - (1 if new == "id: first_to_register" else 0)
    assert f"Line {line}, {problem}" in found


def test_every_mistake_is_told_at_once_in_the_order_of_the_text() -> None:
    text = TEXT.replace("{gte: 5000}", "{gte: much}").replace("{lte: 25}", "{lte: few}")

    assert [problem.partition(":")[0] for problem in problems(text)] == [
        f"Line {line_of(text, 'gte: much')}, rules[7].condition.claim.value_units.gte",
        f"Line {line_of(text, 'lte: few')}, rules[10].condition.partner.open_registrations.lte",
    ]


def test_the_rules_that_postgresql_holds_must_be_worded_and_can_be_nothing_else() -> None:
    data = yaml.safe_load(TEXT)
    rules: list[dict[str, Any]] = data["rules"]
    without = {**data, "rules": [rule for rule in rules if rule["id"] != "product_scope"]}
    chosen = {**data, "rules": [{**rules[0], "broken": "review"}, *rules[1:]]}
    mine = {**data, "rules": [*rules, {**rules[0], "id": "mine"}]}
    unjudged = {**data, "rules": [{**rules[0], "judged_by": None}, *rules[1:]]}

    assert "The rule product_scope is missing." in problems(yaml.safe_dump(without))[0]
    assert "broken of first_to_register cannot be chosen." in problems(yaml.safe_dump(chosen))[0]
    assert "Rule mine is not judged by the database." in "".join(problems(yaml.safe_dump(mine)))
    assert "Rule first_to_register is judged by the database." in "".join(problems(yaml.safe_dump(unjudged)))


def test_a_rule_needs_a_condition_and_a_result() -> None:
    data = yaml.safe_load(TEXT)
    bare = {key: value for key, value in data["rules"][3].items() if key not in ("condition", "broken")}
    found = "".join(problems(yaml.safe_dump({**data, "rules": [*data["rules"][:3], bare]})))

    assert "Rule new_to_us has no condition." in found
    assert "Rule new_to_us does not say what follows when it is broken." in found


@pytest.mark.parametrize("text", ["", "- rules", "title: [", "title: &a x"])
def test_what_is_no_document_is_told_in_a_sentence(text: str) -> None:
    assert len(problems(text)) == 1


@pytest.mark.parametrize(("hours", "is_enough"), [("09:00-09:06", True), ("09:00-09:05", False)])
def test_a_calendar_needs_work_enough_for_its_clocks(hours: str, is_enough: bool) -> None:  # noqa: FBT001
    # 48 hours at six minutes a Monday are 480 weeks, at five they are 576: more than the ten years that are looked at.
    text = f'{default_document()}\nclock: {{calendars: [{{days: [mon], hours: "{hours}"}}], escalation: []}}\n'
    if is_enough:
        assert read_engagement(text).answer_hours == 48
        return
    with pytest.raises(EngagementInvalid, match="too little work to count 2 days") as invalid:
        read_engagement(text)
    assert [problem.field for problem in invalid.value.problems] == ["clock.calendars[1]"]


def test_a_section_left_out_has_its_defaults() -> None:
    without = read_engagement(TEXT.partition("\ntwo_tier:\n")[0])

    assert without.section(TwoTier) == RULES.section(TwoTier)
    assert without.hash == RULES.hash


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("Österreich", "AT"),
        ("Atlantis", None),
        ("", None),
        ("XX", None),
    ],
)
def test_countries_are_read_as_people_write_them(written: str, code: str | None) -> None:
    assert country_code(written) == code


# Properties


def values(kind: FactKind, choices: tuple[str, ...]) -> st.SearchStrategy[FactValue]:
    known: dict[FactKind, st.SearchStrategy[Any]] = {
        FactKind.BOOLEAN: st.booleans(),
        FactKind.INTEGER: st.integers(0, 200),
        FactKind.MONEY: st.integers(0, 10**9),
        FactKind.DATE: st.dates().map(lambda day: day.isoformat()),
        FactKind.CHOICE: st.sampled_from(choices or ("",)),
        FactKind.TEXT: st.sampled_from(["DE", "eln", "EUR"]),
    }
    return st.none() | known[kind]


FACTS = st.fixed_dictionaries({fact.name: values(fact.kind, fact.choices) for fact in ENGAGEMENT_FACTS.values()})


@given(facts=FACTS, seed=st.randoms(use_true_random=False))
def test_the_order_of_rules_given_is_the_order_of_the_result_and_changes_no_finding(
    facts: dict[str, FactValue], seed: random.Random
) -> None:
    data = yaml.safe_load(TEXT)
    seed.shuffle(data["rules"])
    shuffled = read_engagement(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))

    found = check_claim(facts, shuffled, currency="EUR")
    assert [check.rule for check in found.checks] == [rule["id"] for rule in data["rules"]]
    usual = {check.rule: check for check in check_claim(facts, RULES, currency="EUR").checks}
    assert {check.rule: check for check in found.checks} == usual
    declining = [check.rule for check in found.checks if check.declines]
    assert (found.declined_by.rule if found.declined_by else None) == next(iter(declining), None)


@given(facts=FACTS)
def test_the_same_facts_give_the_same_result_and_the_same_document_changes_nobody(facts: dict[str, FactValue]) -> None:
    assert check_claim(facts, RULES, currency="EUR") == check_claim(dict(facts), read_engagement(TEXT), currency="EUR")
    assert difference_of(facts, before=RULES, after=read_engagement(f"# The same.\n{TEXT}"), currency="EUR") is None


@given(facts=FACTS)
def test_an_unknown_fact_never_passes_silently(facts: dict[str, FactValue]) -> None:
    for check in check_claim({}, RULES, currency="EUR").checks:
        assert check.is_open, check.rule
    for check in check_claim(facts, RULES, currency="EUR").checks:
        assert "{" not in check.sentence


@pytest.mark.parametrize(
    ("facts", "difference"),
    [
        (
            {"claim.value_units": 7_000},
            Difference(Change.DECLINED_NOW, Answered(None, ()), Answered("minimum_value", ())),
        ),
        ({"claim.value_units": 10_000}, None),
        (
            {"claim.value_units": 7_000, "account.holder": "another_partner"},
            None,
        ),
        (
            {"claim.value_units": None},
            None,
        ),
        (
            {"claim.value_units": 4_000},
            Difference(Change.DECLINED_NOW, Answered(None, ("minimum_value",)), Answered("minimum_value", ())),
        ),
    ],
)
def test_a_stricter_document_tells_who_would_have_been_answered_otherwise(
    facts: dict[str, FactValue], difference: Difference | None
) -> None:
    stricter = read_engagement(
        TEXT.replace("{gte: 5000}", "{gte: 10000}").replace(
            "A person compares the value.\n    broken: review", "A person compares the value.\n    broken: decline"
        )
    )

    found = difference_of({**facts_of(CLAIM), **facts}, before=RULES, after=stricter, currency="GBP")
    assert found == difference
