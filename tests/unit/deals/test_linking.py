"""Which opportunity a registered deal became."""

from __future__ import annotations

from datetime import date

import pytest

from tallystick.deals.rules.linking import OpenedDeal, opportunity_of

SUBMITTED, PROTECTED = date(2026, 3, 10), date(2026, 6, 10)


def found(*deals: tuple[int, date]) -> int | None:
    opened = [OpenedDeal(*deal) for deal in deals]
    return opportunity_of(submitted_on=SUBMITTED, protected_until=PROTECTED, deals=opened)


@pytest.mark.parametrize(
    ("opened_on", "fits"),
    [
        (date(2026, 3, 2), False),
        (date(2026, 3, 3), True),
        (date(2026, 3, 10), True),
        (date(2026, 6, 10), True),
        (date(2026, 6, 11), False),
    ],
)
def test_it_was_opened_from_a_week_before_the_claim_to_the_end_of_protection(opened_on: date, *, fits: bool) -> None:
    assert found((1, opened_on)) == (1 if fits else None)


def test_of_several_the_first_opened_is_taken_and_of_one_day_the_one_known_first() -> None:
    assert found((3, date(2026, 4, 2)), (2, date(2026, 4, 1)), (1, date(2026, 5, 1))) == 2
    assert found((9, date(2026, 4, 1)), (4, date(2026, 4, 1))) == 4


def test_without_an_opportunity_the_registration_waits() -> None:
    assert found() is None
