"""The pipeline mix: new pipeline by class, week by week."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tallystick.kernel.periods import Week


@dataclass(frozen=True, slots=True)
class ClassAmounts:
    """New pipeline by class, in minor units of one currency: exclusive, so that the three sum to all."""

    sourced: int = 0
    influenced: int = 0
    direct: int = 0

    @property
    def total(self) -> int:
        """All new pipeline."""
        return self.sourced + self.influenced + self.direct

    @property
    def partner_share(self) -> Fraction | None:
        """The part that partners sourced; None where there is no pipeline."""
        return Fraction(self.sourced, self.total) if self.total else None

    def __add__(self, other: "ClassAmounts") -> "ClassAmounts":
        return ClassAmounts(
            self.sourced + other.sourced, self.influenced + other.influenced, self.direct + other.direct
        )


@dataclass(frozen=True, slots=True)
class WeekMix:
    """The mix of one ISO week."""

    week: Week
    amounts: ClassAmounts


def weekly_mix(by_week: Mapping[date, ClassAmounts], *, last_week: Week, weeks: int) -> tuple[WeekMix, ...]:
    """Give the mix of the last weeks, oldest first, with an empty mix where nothing was opened.

    `by_week` is keyed by the Monday of each week.
    """
    return tuple(
        WeekMix(week, by_week.get(week.first_day, ClassAmounts()))
        for week in (last_week.plus(-back) for back in range(weeks - 1, -1, -1))
    )


def pooled(mixes: Iterable[WeekMix]) -> ClassAmounts:
    """Add up several weeks: a week with more pipeline weighs more, one without any weighs nothing."""
    total = ClassAmounts()
    for mix in mixes:
        total += mix.amounts
    return total


def four_week_shares(mixes: Sequence[WeekMix]) -> tuple[Fraction | None, ...]:
    """Give for each week from the fourth on the partner-sourced share of the four weeks ending with it."""
    return tuple(pooled(mixes[end - FOUR_WEEKS : end]).partner_share for end in range(FOUR_WEEKS, len(mixes) + 1))


FOUR_WEEKS = 4
