"""Splitting by largest remainder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.allocation import allocate

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(sum)


@pytest.mark.parametrize(
    ("total", "shares", "parts"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (-100, [1, 1, 1], (-34, -33, -33)),
        (1, [1, 1, 1], (1, 0, 0)),
        (10, [600_000, 200_000, 200_000], (6, 2, 2)),
        (5, [600_000, 200_000, 200_000], (3, 1, 1)),
        (7, [1, 0, 1], (4, 0, 3)),
        (0, [0, 0], (0, 0)),
        (101, [3], (101,)),
    ],
)
def test_what_is_left_goes_to_the_largest_remainders(total: int, shares: list[int], parts: tuple[int, ...]) -> None:
    assert allocate(total, shares) == parts


@given(st.integers(-(10**15), 10**15), weights)
def test_the_parts_sum_to_the_whole(total: int, shares: list[int]) -> None:
    assert sum(allocate(total, shares)) == total


@given(st.integers(-(10**15), 10**15), weights)
def test_each_part_is_its_quota_rounded_down_or_up(total: int, shares: list[int]) -> None:
    for part, share in zip(allocate(total, shares), shares, strict=True):
        assert abs(part * sum(shares) - total * share) < sum(shares)


@given(st.integers(0, 10**15), weights)
def test_a_negative_total_is_the_mirror_image(total: int, shares: list[int]) -> None:
    assert allocate(-total, shares) == tuple(-part for part in allocate(total, shares))


def test_an_amount_that_has_nobody_to_go_to_is_refused() -> None:
    with pytest.raises(ValueError, match="Cannot split 5: every weight is zero"):
        allocate(5, [0, 0])


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="A weight is negative"):
        allocate(5, [2, -1])
