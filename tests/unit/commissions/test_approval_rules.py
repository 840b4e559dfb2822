"""What goes into an approval run, what its figures are, who may approve it, and what the checks say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.commissions.rules.approval import (
    ApprovalTerms,
    Composed,
    Hand,
    OpenLine,
    compose,
    four_eyes_refusal,
    is_earned,
)
from tallystick.commissions.rules.run_checks import (
    Check,
    CheckResult,
    CheckRow,
    Found,
    PartnerChange,
    RunFacts,
    run_checks,
)
from tallystick.kernel.money import Money

THROUGH = date(2026, 10, 31)
DAYS = st.dates(date(2026, 9, 1), date(2026, 12, 31))
LINES = st.lists(
    st.builds(
        OpenLine,
        id=st.integers(1, 10_000),
        partner_id=st.integers(1, 9),
        amount_minor=st.integers(-(10**9), 10**9).filter(bool),
        content_hash=st.just("c0ffee"),
        booked_on=DAYS,
        held_until=DAYS,
    ),
    unique_by=lambda line: line.id,
    max_size=30,
)
ANNA, BEN, JOB = Hand(1, "Anna"), Hand(2, "Ben"), Hand(None, "tallystick approval approve")


def line(
    amount_minor: int, *, id: int = 1, booked_on: date = date(2026, 9, 20), held_until: date = THROUGH
) -> OpenLine:
    return OpenLine(id, 7, amount_minor, "c0ffee", booked_on, held_until)


def test_a_line_is_earned_with_the_last_day_of_its_hold() -> None:
    assert is_earned(line(100, held_until=date(2026, 10, 31)), through=THROUGH)
    assert not is_earned(line(100, held_until=date(2026, 11, 1)), through=THROUGH)


def test_a_line_booked_later_is_left_for_a_later_run() -> None:
    assert not is_earned(line(-100, booked_on=date(2026, 11, 1), held_until=date(2026, 10, 3)), through=THROUGH)


def test_what_is_given_and_what_is_taken_are_told_apart() -> None:
    run = compose([line(54_000), line(18_000, id=2), line(-27_000, id=3)], through=THROUGH)
    assert (run.given_minor, run.taken_minor, run.total_minor) == (72_000, -27_000, 45_000)


@given(LINES)
def test_the_approved_sum_is_the_sum_of_its_lines(lines: list[OpenLine]) -> None:
    run = compose(lines, through=THROUGH)
    assert run.total_minor == sum(each.amount_minor for each in run.lines)
    assert run.taken_minor <= 0 <= run.given_minor


@given(LINES)
def test_every_line_is_in_this_run_or_left_for_a_later_one(lines: list[OpenLine]) -> None:
    inside = compose(lines, through=THROUGH).lines
    later = [each for each in lines if each.booked_on > THROUGH or each.held_until > THROUGH]
    assert sorted([*inside, *later], key=lambda each: each.id) == sorted(lines, key=lambda each: each.id)


@given(LINES, st.randoms())
def test_order_and_repetition_do_not_matter(lines: list[OpenLine], chance: object) -> None:
    shuffled = [*lines, *lines[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compose(shuffled, through=THROUGH) == compose(lines, through=THROUGH)


@given(LINES)
def test_two_runs_one_after_the_other_hold_what_one_run_would(lines: list[OpenLine]) -> None:
    first = compose(lines, through=date(2026, 9, 30))
    taken = {each.id for each in first.lines}
    second = compose([each for each in lines if each.id not in taken], through=THROUGH)
    assert first.total_minor + second.total_minor == compose(lines, through=THROUGH).total_minor


@pytest.mark.parametrize(
    ("given_minor", "approver", "refusal"),
    [
        (100_000, ANNA, ""),
        (100_001, ANNA, "Anna prepared this run; above the limit somebody else approves it."),
        (100_001, BEN, ""),
        (100_001, JOB, "Above the limit a person approves, not a command."),
        (None, ANNA, "Anna prepared this run; above the limit somebody else approves it."),
        (100_000, JOB, ""),
    ],
)
def test_above_the_limit_who_prepares_does_not_approve(given_minor: int | None, approver: Hand, refusal: str) -> None:
    terms = ApprovalTerms(four_eyes_above_minor=100_000)
    assert four_eyes_refusal(preparer=ANNA, approver=approver, given_minor=given_minor, terms=terms) == refusal


def facts(**given: object) -> RunFacts:
    return RunFacts(**{"total": Money(50_000, "EUR"), "lines": 3, **given})  # type: ignore[arg-type]


def checked(id: str, **given: object) -> Check:
    return next(check for check in run_checks(facts(**given), terms=ApprovalTerms()) if check.id == id)


def test_a_clean_run_has_nothing_to_look_at() -> None:
    assert {check.result for check in run_checks(facts(), terms=ApprovalTerms())} == {CheckResult.FINE}


@pytest.mark.parametrize(
    ("id", "given", "result", "sentence"),
    [
        ("payments", {"without_payment": Found(2)}, "stop", "2 lines have no payment behind them."),
        (
            "settled",
            {"unsettled_invoices": 4},
            "stop",
            "Still to be decided: 0 deals. Still to be settled: 4 invoices.",
        ),
        ("digest", {"digest_holds": False}, "stop", "Its lines are not those that were prepared."),
        ("blocked", {"blocked": Found(3)}, "look", "3 invoice lines wait for review and are in no run;"),
        ("below_zero", {"below_zero": Found(1)}, "look", "1 partner ends below zero;"),
        ("booked_later", {"booked_later": Found(5)}, "look", "5 lines belong to months that were closed"),
        (
            "rates",
            {"old_rates": Found(1)},
            "look",
            "Waiting for an exchange rate: 0. Converted at a rate more than 4 days old: 1.",
        ),
    ],
)
def test_each_check_says_what_it_found(id: str, given: dict[str, object], result: str, sentence: str) -> None:
    check = checked(id, **given)
    assert check.result == result
    assert check.sentence.startswith(sentence)


def test_a_total_that_moves_names_the_partners_who_moved_it() -> None:
    change = PartnerChange(7, "Corvid", now=Money(40_000, "EUR"), before=Money(10_000, "EUR"))
    check = checked(
        "against_before", totals_before=(Money(30_000, "EUR"), Money(50_000, "EUR")), partner_changes=(change,)
    )
    assert check.result is CheckResult.FINE
    assert check.sentence == "500.00 EUR is 25 % more than the mean of the 2 months before, 400.00 EUR."
    assert check.rows == (
        CheckRow("Corvid", "100.00 EUR the month before, 400.00 EUR now", "+300.00 EUR", kind="partner", key=7),
    )


def test_a_total_that_moves_by_more_than_the_policy_allows_is_looked_at() -> None:
    assert checked("against_before", totals_before=(Money(39_999, "EUR"),)).result is CheckResult.LOOK


def test_what_a_check_found_is_read_again_as_it_was_kept() -> None:
    check = checked(
        "blocked", blocked=Found(1, (CheckRow("Cellvia, 2026-0042", "A fact is missing.", kind="blocked"),))
    )
    assert Check.from_json(check.as_json()) == check


def test_nothing_composes_to_nothing() -> None:
    assert compose([], through=THROUGH) == Composed((), 0, 0, compose([], through=THROUGH).digest)
