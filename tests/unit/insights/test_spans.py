"""The stretches of days that figures are taken over."""

from datetime import date

import pytest

from tallystick.insights.rules.spans import (
    Comparison,
    PeriodKind,
    Span,
    compared_span,
    last_complete_week,
    period_before,
    to_date,
    year_before,
)


@pytest.mark.parametrize(
    ("kind", "fiscal_year_start", "now", "before"),
    [
        ("quarter", 1, ("2026-10-01", "2026-11-22"), ("2026-07-01", "2026-08-22")),
        ("quarter", 2, ("2026-11-01", "2026-11-22"), ("2026-08-01", "2026-08-22")),
        ("year", 1, ("2026-01-01", "2026-11-22"), ("2025-01-01", "2025-11-22")),
        ("year", 4, ("2026-04-01", "2026-11-22"), ("2025-04-01", "2025-11-22")),
        ("week", 1, ("2026-11-16", "2026-11-22"), ("2026-11-09", "2026-11-15")),
    ],
)
def test_a_running_period_is_compared_with_as_many_days_of_the_one_before(
    kind: str, fiscal_year_start: int, now: tuple[str, str], before: tuple[str, str]
) -> None:
    on = date(2026, 11, 22)

    assert to_date(PeriodKind(kind), on=on, fiscal_year_start=fiscal_year_start) == Span(*map(date.fromisoformat, now))
    assert period_before(PeriodKind(kind), on=on, fiscal_year_start=fiscal_year_start) == Span(
        *map(date.fromisoformat, before)
    )


def test_a_shorter_period_before_is_taken_whole() -> None:
    before = period_before(PeriodKind.QUARTER, on=date(2026, 6, 30), fiscal_year_start=1)

    assert before == Span(date(2026, 1, 1), date(2026, 3, 31))


def test_a_week_counts_once_its_sunday_has_come() -> None:
    assert str(last_complete_week(date(2026, 11, 22))) == "2026-W47"
    assert str(last_complete_week(date(2026, 11, 21))) == "2026-W46"


def test_a_period_can_be_compared_with_the_same_days_a_year_before() -> None:
    compared = compared_span(PeriodKind.QUARTER, Comparison.YEAR_BEFORE, on=date(2026, 11, 22), fiscal_year_start=1)

    assert compared == Span(date(2025, 10, 1), date(2025, 11, 22))


def test_a_leap_day_is_compared_with_the_twenty_eighth() -> None:
    assert year_before(Span(date(2028, 2, 1), date(2028, 2, 29))) == Span(date(2027, 2, 1), date(2027, 2, 28))
