"""Which claim the rules favour, and what a ruling may say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.conflicts.ruling import ConflictRefused, check_reason, parts_of
from tallystick.deals.rules.conflicts.weighing import ClaimFacts, Ground, weigh_claims

AT = datetime(2026, 9, 3, 14, 2, tzinfo=UTC)


def claim(
    key: str, ground: Ground = Ground.REGISTRATION, *, minutes: int | None = 0, withdrawn: bool = False
) -> ClaimFacts:
    at = None if minutes is None else AT + timedelta(minutes=minutes)
    return ClaimFacts(key=key, name=key.upper(), ground=ground, happened_at=at, is_withdrawn=withdrawn)


DAY = 24 * 60


class TestWhatTheRulesFavour:
    def test_of_two_registrations_the_first_one_wins_and_the_steps_say_by_how_much(self) -> None:
        found = weigh_claims([claim("b", minutes=240), claim("a")], direct_days=90)

        assert (found.favoured, found.rule) == ("a", "first_to_register")
        assert [step.sentence for step in found.steps] == [
            "A: the registration of 3 Sep 2026 at 14:02 comes first.",
            "B: the registration of 3 Sep 2026 at 18:02 came 4 hours after A.",
        ]

    def test_a_registration_ranks_above_earlier_evidence(self) -> None:
        found = weigh_claims([claim("a", Ground.EVIDENCE, minutes=-DAY), claim("b")], direct_days=90)

        assert found.favoured == "b"
        assert found.steps[1].sentence == "A: the evidence of 2 Sep 2026 ranks below the registration of B."

    def test_a_direct_deal_opened_before_the_claim_stands_against_it(self) -> None:
        found = weigh_claims([claim("a"), claim("direct", Ground.DIRECT_DEAL, minutes=-200 * DAY)], direct_days=90)

        assert (found.favoured, found.rule) == ("direct", "no_open_direct_deal")

    def test_a_direct_deal_opened_after_the_claim_does_not(self) -> None:
        found = weigh_claims([claim("a"), claim("direct", Ground.DIRECT_DEAL, minutes=180)], direct_days=90)

        assert (found.favoured, found.rule) == ("a", "no_open_direct_deal")
        assert found.steps[1].sentence == "DIRECT: the deal of 3 Sep 2026 came 3 hours after A."

    def test_a_meeting_stands_for_as_many_days_as_the_rules_say(self) -> None:
        recent, old = (claim("direct", Ground.DIRECT_MEETING, minutes=-days * DAY) for days in (89, 92))

        assert weigh_claims([claim("a"), recent], direct_days=90).favoured == "direct"
        assert weigh_claims([claim("a"), old], direct_days=90).favoured == "a"

    def test_a_claim_that_was_withdrawn_is_not_weighed(self) -> None:
        assert weigh_claims([claim("a", withdrawn=True), claim("b", minutes=5)], direct_days=90).favoured == "b"

    def test_a_missing_fact_is_said_and_no_claim_is_favoured(self) -> None:
        found = weigh_claims([claim("a"), claim("b", Ground.EVIDENCE, minutes=None)], direct_days=90)

        assert found.favoured is None
        assert found.missing == ("B: nobody knows when it began, so the rules favour no claim.",)

    def test_a_disputed_decision_is_shown_and_is_no_claim(self) -> None:
        found = weigh_claims([claim("a"), claim("direct", Ground.DECISION, minutes=6)], direct_days=90)

        assert (found.favoured, found.rule) == ("a", "first_to_register")
        assert [(step.outcome, step.sentence) for step in found.steps] == [
            ("not_asked", "DIRECT: the decision of 3 Sep 2026 is what is disputed. It is no claim to the deal."),
            ("met", "A: the registration of 3 Sep 2026 at 14:02 is the only claim of a partner."),
        ]

    def test_a_reader_is_named_within_a_sentence_as_one_speaks_to_it(self) -> None:
        you = ClaimFacts(key="a", name="You", inside="you", ground=Ground.REGISTRATION, happened_at=AT)
        found = weigh_claims([claim("b", minutes=240), you], direct_days=90)

        assert [step.sentence for step in found.steps] == [
            "You: the registration of 3 Sep 2026 at 14:02 comes first.",
            "B: the registration of 3 Sep 2026 at 18:02 came 4 hours after you.",
        ]

    @given(
        st.lists(
            st.builds(
                claim,
                st.sampled_from("abcdef"),
                st.sampled_from(Ground),
                minutes=st.none() | st.integers(-200 * DAY, 200 * DAY),
                withdrawn=st.booleans(),
            ),
            unique_by=lambda one: one.key,
            max_size=5,
        ),
        st.randoms(use_true_random=False),
        st.integers(0, 200),
    )
    def test_the_order_of_the_claims_changes_nothing(self, claims: list[ClaimFacts], order: object, days: int) -> None:
        shuffled = list(claims)
        order.shuffle(shuffled)  # type: ignore[attr-defined]

        assert weigh_claims(shuffled, direct_days=days) == weigh_claims(claims, direct_days=days)


class TestParts:
    def test_thirds_sum_to_one_with_the_rest_to_the_first(self) -> None:
        assert parts_of({7: 1, 5: 1, 9: 1}) == ((5, 333_334), (7, 333_333), (9, 333_333))

    def test_the_largest_part_comes_first_and_nothing_is_no_part(self) -> None:
        assert parts_of({1: 40, 2: 60, 3: 0}) == ((2, 600_000), (1, 400_000))

    @pytest.mark.parametrize("weights", [{}, {1: 0, 2: 0}, {1: -1, 2: 2}])
    def test_no_parts_are_refused(self, weights: dict[int, int]) -> None:
        with pytest.raises(ConflictRefused):
            parts_of(weights)

    @given(st.dictionaries(st.integers(1, 50), st.integers(1, 10_000), min_size=1, max_size=6))
    def test_parts_always_sum_to_exactly_one(self, weights: dict[int, int]) -> None:
        assert sum(ppm for _, ppm in parts_of(weights)) == 1_000_000


class TestReason:
    def test_a_reason_is_needed_and_names_nobody(self) -> None:
        with pytest.raises(ConflictRefused):
            check_reason("  ", foreign_names=["Corvid"])
        with pytest.raises(ConflictRefused):
            check_reason("corvid was first", foreign_names=["Corvid"])
        assert check_reason(" Another partner was first. ", foreign_names=["Corvid"]) == "Another partner was first."
