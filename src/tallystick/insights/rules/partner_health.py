"""Whether a partner is on track: a plain rule with its reasons, never a score nobody can explain.

Specified in docs/explanation/ecosystem-map.md. Pure: the facts and the day are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

QUIET_DAYS: Final = 60
SILENT_DAYS: Final = 120


class HealthStatus(StrEnum):
    """How a partner stands, best first."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What the rule looks at. Amounts are in minor units of one currency, over the last twelve months."""

    is_dormant: bool
    joined_on: date | None
    last_active_on: date | None
    sourced: int
    influenced: int
    won: int


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict, and the sentences that led to it; a partner on track has the reason why, too."""

    status: HealthStatus
    reasons: tuple[str, ...]


def partner_health(facts: HealthFacts, *, on: date) -> Health:
    """Return a partner's health on a day.

    Off track: dormant, or nothing happened for 120 days. At risk: nothing for 60 days, no new pipeline in twelve
    months, or pipeline of which nothing was won. On track: none of these. Whoever joined counts as active that day.
    """
    quiet = _quiet_days(facts, on)
    red = [
        *(["It is dormant."] if facts.is_dormant else []),
        *([f"Nothing happened for {quiet} days."] if quiet is not None and quiet > SILENT_DAYS else []),
        *(["Nothing has ever happened."] if quiet is None else []),
    ]
    if red:
        return Health(HealthStatus.RED, tuple(red))
    is_new = facts.joined_on is not None and (on - facts.joined_on).days <= SILENT_DAYS
    pipeline = facts.sourced + facts.influenced
    amber = [
        *([f"Nothing happened for {quiet} days."] if quiet is not None and quiet > QUIET_DAYS else []),
        *(["It brought and helped no new pipeline in twelve months."] if pipeline == 0 and not is_new else []),
        *(
            ["Nothing it sourced was won in twelve months."]
            if facts.sourced > 0 and facts.won == 0 and not is_new
            else []
        ),
    ]
    if amber:
        return Health(HealthStatus.AMBER, tuple(amber))
    last = f"Something happened {quiet} days ago." if quiet else "Something happened today."
    return Health(HealthStatus.GREEN, (last, "It joined lately." if is_new else "It brought pipeline this year."))


def _quiet_days(facts: HealthFacts, on: date) -> int | None:
    known = [day for day in (facts.joined_on, facts.last_active_on) if day is not None]
    return max((on - max(known)).days, 0) if known else None
