"""The facts an attribution decision is made of.

Dates are business dates in the workspace's time zone. `key` is the fact's natural key in the system
it came from ("salesforce:a0B1x"): it orders equal dates, so a database id never decides a deal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TouchKind(StrEnum):
    """What a partner did for an account or an opportunity."""

    REGISTRATION_APPROVED = "registration_approved"
    LEAD_ACCEPTED = "lead_accepted"
    TRACKED_REFERRAL = "tracked_referral"
    INTRODUCTION_ACCEPTED = "introduction_accepted"
    CO_SELL_MEETING = "co_sell_meeting"
    DEMO = "demo"
    IMPLEMENTATION_SCOPED = "implementation_scoped"
    CO_MARKETING_RESPONSE = "co_marketing_response"
    NAMED_ON_OPPORTUNITY = "named_on_opportunity"

    @property
    def noun(self) -> str:
        """The words a sentence uses for a touch of this kind."""
        return _NOUNS[self]


_NOUNS = {
    TouchKind.REGISTRATION_APPROVED: "approved registration",
    TouchKind.LEAD_ACCEPTED: "accepted lead",
    TouchKind.TRACKED_REFERRAL: "tracked referral",
    TouchKind.INTRODUCTION_ACCEPTED: "accepted introduction",
    TouchKind.CO_SELL_MEETING: "co-sell meeting",
    TouchKind.DEMO: "demo or proof of concept",
    TouchKind.IMPLEMENTATION_SCOPED: "scoped implementation",
    TouchKind.CO_MARKETING_RESPONSE: "co-marketing response",
    TouchKind.NAMED_ON_OPPORTUNITY: "mention on the CRM opportunity",
}


class OpportunityOutcome(StrEnum):
    """Where an opportunity stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class OpportunityFacts:
    """One opportunity as the CRM tells it.

    `known_since` is the day Tallystick first learned of it: history that is loaded years later is
    locked counting from there, not from a close nobody could have seen. `named_partner` is the
    partner's name as written in the CRM, also when no partner of that name exists here.
    """

    key: str
    created_on: date
    closed_on: date | None = None
    outcome: OpportunityOutcome = OpportunityOutcome.OPEN
    account_key: str | None = None
    known_since: date | None = None
    named_partner: str | None = None


@dataclass(frozen=True, slots=True)
class TouchRulingFacts:
    """That a ruling took a touch away as evidence, or after an appeal gave it back."""

    key: str
    ruled_on: date
    stands: bool


@dataclass(frozen=True, slots=True)
class TouchFacts:
    """One piece of evidence that a partner did something.

    A touch that names an opportunity counts for that one only; otherwise it counts for every
    opportunity of its account. `rulings` are those on it, the earliest first.
    """

    key: str
    partner_id: int
    kind: TouchKind
    occurred_on: date
    learned_on: date
    opportunity_key: str | None = None
    rulings: tuple[TouchRulingFacts, ...] = ()

    def overruled_by(self, locks_after: date | None) -> TouchRulingFacts | None:
        """Return the ruling by which it is no evidence, if any; one after the lock changes nothing."""
        known = [ruling for ruling in self.rulings if locks_after is None or ruling.ruled_on <= locks_after]
        return known[-1] if known and not known[-1].stands else None


class DirectKind(StrEnum):
    """What shows that the vendor's own team was there first."""

    MEETING = "meeting"
    OPEN_OPPORTUNITY = "open_opportunity"


@dataclass(frozen=True, slots=True)
class DirectEvidence:
    """An account executive's logged meeting, or a direct opportunity while it was open.

    `until` is the day an opportunity was closed (None: still open); a meeting has none.
    """

    key: str
    kind: DirectKind
    occurred_on: date
    learned_on: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class RulingFacts:
    """What a person ruled of an opportunity when claims to it stood against each other.

    It binds the `claimants` and nobody else: `parts` are what each of them has of the whole that falls to them, in
    parts per million, the source first; none means that none of them brought the deal. `rule` and `rules` name what
    was cited ("first_to_register", "engagement@3#ab12cd").
    """

    key: str
    ruled_on: date
    rule: str
    rules: str
    claimants: tuple[int, ...]
    parts: tuple[tuple[int, int], ...]

    @property
    def source_partner_id(self) -> int | None:
        """The claimant that counts as the source, if one does."""
        return self.parts[0][0] if self.parts else None


def distinct_touches(touches: Sequence[TouchFacts]) -> tuple[TouchFacts, ...]:
    """Give each touch once, by date then key: the order of arrival and repeats leave no trace.

    Of two tellings of one touch the one learned first stands.
    """
    if len(touches) < 2:
        return tuple(touches)
    first_told: dict[str, TouchFacts] = {}
    for touch in touches:
        known = first_told.get(touch.key)
        if known is None or _telling(touch) < _telling(known):
            first_told[touch.key] = touch
    return tuple(sorted(first_told.values(), key=_by_date))


def _telling(touch: TouchFacts) -> tuple[date, date, TouchKind, int, str]:
    return (  # rulings are those of the touch, whoever tells it
        touch.learned_on,
        touch.occurred_on,
        touch.kind,
        touch.partner_id,
        touch.opportunity_key or "",
    )


def _by_date(touch: TouchFacts) -> tuple[date, str]:
    return touch.occurred_on, touch.key
