"""The policy of leads: clocks, how partners are ranked and how much each may carry.

A policy is a document people edit (JSON or a form): checked when it enters, and versioned. Hours are working hours,
weights and points are whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallystick.deals.rules.working_hours import WorkingCalendar


class Criterion(StrEnum):
    """What makes a partner fit a lead, in the order in which it is told."""

    TERRITORY = "territory"
    TYPE = "type"
    TIER = "tier"
    CAPACITY = "capacity"
    CERTIFICATE = "certificate"
    ACCEPTANCE = "acceptance"
    WIN_RATE = "win_rate"


MOVED: Final = {
    "partner_learns": "what partners learn holds for leads and registrations alike: Settings, What partners learn"
}
"""Keys of documents that were published before, each with where to set now what it said."""

POINTS: Final = 100
"""The most that one criterion, and a ranking as a whole, can give."""


@dataclass(frozen=True, slots=True)
class LeadPolicy:
    """One version of the policy.

    `answer_hours` run for an introduction, `offer_hours` for a partner that is asked. `follow_days` is how long after
    it was introduced a lead is tied to an opportunity that opens at its account. `tier_points` are out of a hundred;
    `most_open` is how many accepted leads a partner of a tier may have open, "" standing for no tier.
    """

    answer_hours: int
    offer_hours: int
    follow_days: int
    weights: Mapping[Criterion, int]
    tier_points: Mapping[str, int]
    most_open: Mapping[str, int]

    def answer_due(self, introduced_at: datetime, *, calendar: WorkingCalendar) -> datetime:
        """Give the instant by which a partner has its answer to an introduction."""
        return calendar.due(introduced_at, timedelta(hours=self.answer_hours))

    def offer_due(self, offered_at: datetime, *, calendar: WorkingCalendar) -> datetime:
        """Give the instant until which a partner that is asked may accept."""
        return calendar.due(offered_at, timedelta(hours=self.offer_hours))


DEFAULT_LEAD_POLICY: Final = LeadPolicy(
    answer_hours=48,
    offer_hours=24,
    follow_days=180,
    weights=MappingProxyType(
        {
            Criterion.TERRITORY: 25,
            Criterion.TYPE: 15,
            Criterion.TIER: 10,
            Criterion.CAPACITY: 15,
            Criterion.CERTIFICATE: 15,
            Criterion.ACCEPTANCE: 10,
            Criterion.WIN_RATE: 10,
        }
    ),
    tier_points=MappingProxyType({"authorised": 50, "premier": 75, "strategic": 100}),
    most_open=MappingProxyType({"": 3, "authorised": 5, "premier": 10, "strategic": 20}),
)


class LeadPolicyRefused(ValueError):
    """The document is not a valid policy. Each entry of `errors` names the field and what is wrong with it."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


Hours = Annotated[int, Field(ge=1, le=720)]
Weight = Annotated[int, Field(ge=0, le=1000)]
Points = Annotated[int, Field(ge=0, le=POINTS)]
Number = Annotated[int, Field(ge=0, le=1000)]


class _Document(BaseModel):
    """The whole policy; what it leaves out keeps its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_hours: Hours = DEFAULT_LEAD_POLICY.answer_hours
    offer_hours: Hours = DEFAULT_LEAD_POLICY.offer_hours
    follow_days: Annotated[int, Field(ge=0, le=3650)] = DEFAULT_LEAD_POLICY.follow_days
    weights: Mapping[Criterion, Weight] = {}
    tier_points: Mapping[str, Points] = {}
    most_open: Mapping[str, Number] = {}

    @model_validator(mode="after")
    def weighs_something(self) -> Self:
        """Refuse weights that are all nil: then every partner would fit alike."""
        if not any({**DEFAULT_LEAD_POLICY.weights, **self.weights}.values()):
            raise ValueError("Give at least one criterion a weight above 0.")
        return self


def read_kept_lead_policy(document: Mapping[str, Any]) -> LeadPolicy:
    """Read a document that was published once; keys that have moved since say nothing any more."""
    return read_lead_policy({name: value for name, value in document.items() if name not in MOVED})


def read_lead_policy(document: Mapping[str, Any]) -> LeadPolicy:
    """Read a policy document. Raises LeadPolicyRefused naming each wrong field, and where one has moved to."""
    if moved := [f"{name}: {where}" for name, where in MOVED.items() if name in document]:
        raise LeadPolicyRefused(tuple(moved))
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        raise LeadPolicyRefused(
            tuple(f"{'.'.join(map(str, each['loc'])) or 'policy'}: {each['msg']}" for each in error.errors())
        ) from error
    return LeadPolicy(
        answer_hours=read.answer_hours,
        offer_hours=read.offer_hours,
        follow_days=read.follow_days,
        weights=MappingProxyType({**DEFAULT_LEAD_POLICY.weights, **read.weights}),
        tier_points=MappingProxyType({**DEFAULT_LEAD_POLICY.tier_points, **read.tier_points}),
        most_open=MappingProxyType({**DEFAULT_LEAD_POLICY.most_open, **read.most_open}),
    )


def lead_policy_document(policy: LeadPolicy) -> dict[str, Any]:
    """Write a policy as the document that reads back the same."""
    return {
        "answer_hours": policy.answer_hours,
        "offer_hours": policy.offer_hours,
        "follow_days": policy.follow_days,
        "weights": {criterion.value: weight for criterion, weight in policy.weights.items()},
        "tier_points": dict(policy.tier_points),
        "most_open": dict(policy.most_open),
    }
