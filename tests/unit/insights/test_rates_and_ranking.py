"""Rates, changes, medians and ranks."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.insights.rules.ranking import Rank, rank_partners
from tallystick.insights.rules.rates import Change, WinRate, median, percent


def test_open_deals_are_in_no_win_rate() -> None:
    assert WinRate(won=3, lost=1).rate == Fraction(3, 4)
    assert WinRate(won=0, lost=0).rate is None


def test_a_change_is_relative_to_the_earlier_figure() -> None:
    assert Change(now=118_400, before=100_000).relative == Fraction(23, 125)
    assert Change(now=5, before=0).relative is None
    assert Change(now=5, before=0).difference == 5


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Fraction(23, 125), 1, "18.4"),
        (Fraction(1, 3), 0, "33"),
        (Fraction(1, 200), 0, "1"),
        (Fraction(-1, 200), 0, "-1"),
        (Fraction(-1, 1000), 0, "0"),
        (Fraction(2, 3), 2, "66.67"),
    ],
)
def test_a_percentage_is_rounded_half_away_from_zero(value: Fraction, decimals: int, text: str) -> None:
    assert percent(value, decimals=decimals) == text


def test_the_median_is_the_middle_or_the_mean_of_two() -> None:
    assert median([46, 3, 90]) == 46
    assert median([46, 3, 90, 47]) == Fraction(93, 2)
    assert median([]) is None


def test_ranks_tell_the_places_gained_and_lost() -> None:
    assert rank_partners({1: 500, 2: 900, 3: 100, 4: 0}, before={1: 800, 2: 300, 4: 50}) == (
        Rank(partner_id=2, place=1, amount=900, moved=1),
        Rank(partner_id=1, place=2, amount=500, moved=-1),
        Rank(partner_id=3, place=3, amount=100, moved=None),
    )


def test_equal_amounts_share_a_place() -> None:
    assert [rank.place for rank in rank_partners({1: 5, 2: 7, 3: 5, 4: 1}, before={})] == [1, 2, 2, 4]


@given(st.dictionaries(st.integers(1, 20), st.integers(0, 100)), st.dictionaries(st.integers(1, 20), st.integers(0, 9)))
def test_every_partner_with_an_amount_has_one_place_in_falling_order(
    amounts: dict[int, int], before: dict[int, int]
) -> None:
    ranks = rank_partners(amounts, before=before)

    assert sorted(rank.partner_id for rank in ranks) == sorted(p for p, amount in amounts.items() if amount)
    assert [rank.amount for rank in ranks] == sorted((rank.amount for rank in ranks), reverse=True)
