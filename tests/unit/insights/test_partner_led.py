"""The partner-led test: the word follows the number."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.insights.rules.mix import ClassAmounts, WeekMix, four_week_shares, pooled, weekly_mix
from tallystick.insights.rules.partner_led import MotionLabel, partner_led_test
from tallystick.kernel.periods import Week

LAST = Week(2026, 47)


def weeks(*percentages: int, influenced: int = 0) -> tuple[WeekMix, ...]:
    """State weeks of 100.00 new pipeline each by the percentage partners sourced."""
    return tuple(
        WeekMix(
            LAST.plus(place - len(percentages) + 1),
            ClassAmounts(sourced=p * 100, influenced=influenced, direct=10_000 - p * 100 - influenced),
        )
        for place, p in enumerate(percentages)
    )


def test_above_half_in_each_of_26_weeks_is_partner_led() -> None:
    result = partner_led_test(weeks(*[51] * 29))

    assert result.label is MotionLabel.PARTNER_LED
    assert result.distance == "Above 50 % in each of the last 26 weeks."


def test_one_week_short_of_26_is_approaching() -> None:
    result = partner_led_test(weeks(*[51] * 28))

    assert result.label is MotionLabel.APPROACHING
    assert result.weeks_held == 25
    assert result.distance == "Above 50 % for 25 weeks of the 26 that make partner-led."


def test_exactly_half_is_not_more_than_half() -> None:
    result = partner_led_test(weeks(*[50] * 29))

    assert result.label is MotionLabel.APPROACHING
    assert result.distance == "1 point short of partner-led."


def test_one_bad_week_is_carried_by_its_four_week_mean() -> None:
    assert partner_led_test(weeks(*[60] * 20, 30, *[60] * 8)).label is MotionLabel.PARTNER_LED
    assert partner_led_test(weeks(*[60] * 20, 10, *[60] * 8)).label is MotionLabel.APPROACHING


@pytest.mark.parametrize(
    ("share", "label", "distance"),
    [
        (43, MotionLabel.APPROACHING, "7 points short of partner-led."),
        (40, MotionLabel.APPROACHING, "10 points short of partner-led."),
        (39, MotionLabel.PARTNER_INFLUENCED, "11 points short of partner-led."),
        (1, MotionLabel.PARTNER_INFLUENCED, "49 points short of partner-led."),
        (0, MotionLabel.DIRECT_LED, "50 points short of partner-led."),
    ],
)
def test_below_half_the_label_follows_the_share(share: int, label: MotionLabel, distance: str) -> None:
    result = partner_led_test(weeks(*[share] * 29))

    assert (result.label, result.distance) == (label, distance)


def test_influence_without_a_source_is_partner_influenced() -> None:
    assert partner_led_test(weeks(*[0] * 29, influenced=500)).label is MotionLabel.PARTNER_INFLUENCED


def test_no_pipeline_at_all_is_direct_led() -> None:
    empty = weekly_mix({}, last_week=LAST, weeks=29)
    result = partner_led_test(empty)

    assert result.label is MotionLabel.DIRECT_LED
    assert result.share is None
    assert result.points_short == 50


def test_the_four_week_mean_weighs_weeks_by_their_pipeline() -> None:
    mixes = (
        WeekMix(LAST.plus(-3), ClassAmounts(sourced=100)),
        WeekMix(LAST.plus(-2), ClassAmounts()),
        WeekMix(LAST.plus(-1), ClassAmounts(direct=200)),
        WeekMix(LAST, ClassAmounts(influenced=100)),
    )

    assert four_week_shares(mixes) == (Fraction(1, 4),)


def test_weeks_without_pipeline_stand_in_the_mix_as_empty() -> None:
    monday = LAST.plus(-1).first_day
    mix = weekly_mix({monday: ClassAmounts(sourced=7)}, last_week=LAST, weeks=3)

    assert [(str(entry.week), entry.amounts.total) for entry in mix] == [
        ("2026-W45", 0),
        ("2026-W46", 7),
        ("2026-W47", 0),
    ]


amounts = st.builds(ClassAmounts, st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))


@given(st.lists(amounts, max_size=40))
def test_the_classes_of_the_pool_sum_to_the_whole(figures: list[ClassAmounts]) -> None:
    mixes = [WeekMix(LAST.plus(-place), figure) for place, figure in enumerate(figures)]

    assert pooled(mixes).total == sum(figure.total for figure in figures)


@given(st.lists(amounts, min_size=1, max_size=40))
def test_partner_led_is_said_only_where_every_mean_is_above_half(figures: list[ClassAmounts]) -> None:
    mixes = [WeekMix(LAST.plus(place - len(figures) + 1), figure) for place, figure in enumerate(figures)]
    result = partner_led_test(mixes)

    if result.label is MotionLabel.PARTNER_LED:
        means = four_week_shares(mixes[-29:])
        assert len(means) == 26
        assert all(mean is not None and mean > Fraction(1, 2) for mean in means)
