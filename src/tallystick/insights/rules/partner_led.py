"""The partner-led test: the word follows the number.

A company is partner-led when partners sourced more than half of its new pipeline in each of the last 26 weeks, each
taken as the mean of four. Specified in docs/explanation/metrics.md, "Partner-led".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from tallystick.insights.rules.mix import FOUR_WEEKS, ClassAmounts, WeekMix, four_week_shares, pooled

TEST_WEEKS = 26
WEEKS_NEEDED = TEST_WEEKS + FOUR_WEEKS - 1
LED_ABOVE = Fraction(1, 2)
APPROACHING_FROM = Fraction(2, 5)


class MotionLabel(StrEnum):
    """What a company may call its motion."""

    PARTNER_LED = "partner-led"
    APPROACHING = "approaching"
    PARTNER_INFLUENCED = "partner-influenced"
    DIRECT_LED = "direct-led"


@dataclass(frozen=True, slots=True)
class PartnerLedTest:
    """The label with the figures it follows from and the distance to "partner-led".

    `share` is the latest four-week mean (None: no pipeline in four weeks). `weeks_held` counts the weeks up to now
    without a break in which the mean stood above one half. `points_short` is in whole percentage points, rounded up,
    and 0 where the share is above one half.
    """

    label: MotionLabel
    share: Fraction | None
    weeks_held: int
    points_short: int
    amounts: ClassAmounts

    @property
    def distance(self) -> str:
        """Say how far it is to partner-led, in one sentence."""
        if self.label is MotionLabel.PARTNER_LED:
            return f"Above 50 % in each of the last {TEST_WEEKS} weeks."
        if self.points_short:
            points = "1 point" if self.points_short == 1 else f"{self.points_short} points"
            return f"{points} short of partner-led."
        weeks = "1 week" if self.weeks_held == 1 else f"{self.weeks_held} weeks"
        return f"Above 50 % for {weeks} of the {TEST_WEEKS} that make partner-led."


def partner_led_test(mixes: Sequence[WeekMix]) -> PartnerLedTest:
    """Judge the last 29 weeks of new pipeline, oldest first: 26 means of four weeks each.

    With fewer weeks the means that exist are judged, and the label "partner-led" is out of reach.
    """
    recent = mixes[-WEEKS_NEEDED:]
    shares = four_week_shares(recent)
    amounts = pooled(recent[-FOUR_WEEKS:])
    share = amounts.partner_share
    held = _weeks_held(shares)
    return PartnerLedTest(
        label=_label(amounts, share, held),
        share=share,
        weeks_held=held,
        points_short=_points_short(share),
        amounts=amounts,
    )


def _label(amounts: ClassAmounts, share: Fraction | None, weeks_held: int) -> MotionLabel:
    if weeks_held >= TEST_WEEKS:
        return MotionLabel.PARTNER_LED
    if share is not None and share >= APPROACHING_FROM:
        return MotionLabel.APPROACHING
    if amounts.sourced or amounts.influenced:
        return MotionLabel.PARTNER_INFLUENCED
    return MotionLabel.DIRECT_LED


def _weeks_held(shares: Sequence[Fraction | None]) -> int:
    held = 0
    for share in reversed(shares):
        if share is None or share <= LED_ABOVE:
            break
        held += 1
    return held


def _points_short(share: Fraction | None) -> int:
    """Give the whole points missing to one half; at exactly one half still one, since more than half is asked."""
    missing = (LED_ABOVE - (share or Fraction(0))) * 100
    if missing < 0:
        return 0
    return max(1, -(-missing.numerator // missing.denominator))
