"""When a partner waits for an answer, by when it is due, and how long a message can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.conversation import DEFAULT_CONVERSATION_POLICY, Said, waiting_since
from tallystick.deals.rules.working_hours import WorkingCalendar

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def question(minutes: int, *, retracted: bool = False) -> Said:
    return Said(sent_at=NOON + timedelta(minutes=minutes), by_partner=True, asks=True, retracted=retracted)


def answer(minutes: int, *, retracted: bool = False) -> Said:
    return Said(sent_at=NOON + timedelta(minutes=minutes), by_partner=False, asks=False, retracted=retracted)


def remark(minutes: int) -> Said:
    return Said(sent_at=NOON + timedelta(minutes=minutes), by_partner=True, asks=False)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_partner_waits_from_its_first_open_question() -> None:
    assert waiting_since([question(0), remark(1), question(5)]) == at(0)


def test_a_word_of_the_vendor_ends_the_waiting() -> None:
    assert waiting_since([question(0), answer(3)]) is None
    assert waiting_since([question(0), answer(3), question(7)]) == at(7)


def test_a_remark_waits_for_nothing() -> None:
    assert waiting_since([remark(0)]) is None


def test_what_was_taken_back_counts_for_neither_side() -> None:
    assert waiting_since([question(0, retracted=True)]) is None
    assert waiting_since([question(0), answer(3, retracted=True)]) == at(0)


def test_somebody_may_settle_a_question_without_an_answer() -> None:
    assert waiting_since([question(0)], settled_at=at(2)) is None
    assert waiting_since([question(0), question(5)], settled_at=at(2)) == at(5)


def test_an_answer_is_due_after_a_working_day_and_weekends_do_not_count() -> None:
    friday = datetime(2026, 11, 20, 12, tzinfo=UTC)
    due = DEFAULT_CONVERSATION_POLICY.answer_due(friday, calendar=WorkingCalendar(zone="Europe/Berlin"))
    assert due == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_message_can_be_taken_back_for_a_quarter_of_an_hour() -> None:
    assert DEFAULT_CONVERSATION_POLICY.may_retract(NOON, at=at(15))
    assert not DEFAULT_CONVERSATION_POLICY.may_retract(NOON, at=NOON + timedelta(minutes=15, seconds=1))


says = st.builds(
    Said,
    sent_at=st.integers(0, 1_000).map(at),
    by_partner=st.booleans(),
    asks=st.booleans(),
    retracted=st.booleans(),
)


@given(st.lists(says), st.randoms(use_true_random=False))
def test_the_order_in_which_messages_are_read_does_not_matter(messages: list[Said], chance: object) -> None:
    shuffled = list(messages)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert waiting_since(shuffled) == waiting_since(messages)


@given(st.lists(says))
def test_after_an_answer_that_comes_last_nobody_waits(messages: list[Said]) -> None:
    assert waiting_since([*messages, answer(1_001)]) is None
