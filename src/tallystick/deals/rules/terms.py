"""The terms a registration is handled by: its clock, the steps of its approval, its protection.

They are sections of the rules of engagement. A registration keeps the terms it was made under, so that a changed
document changes neither a promise nor a protection. Specified in docs/explanation/deal-registration.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from tallystick.deals.rules.approval import StepTerms
from tallystick.deals.rules.countries import country_code
from tallystick.deals.rules.engagement.sections import Section
from tallystick.deals.rules.working_hours import WorkingCalendar, read_calendar

_EXACTLY: Final = ConfigDict(extra="forbid", frozen=True, strict=False)
_Percent: TypeAlias = Annotated[StrictInt, Field(ge=1, le=1000)]
_Days: TypeAlias = Annotated[StrictInt, Field(ge=1, le=1000)]
_Hours: TypeAlias = Annotated[StrictInt, Field(ge=1, le=2000)]

OWNER: Final = "owner"
"""Whoever looks after the partner."""


class Overdue(StrEnum):
    """What happens when nobody has answered in time."""

    ESCALATE = "escalate"
    APPROVE_IF_MET = "approve_if_met"
    APPROVE = "approve"


class RegionTerms(BaseModel):
    """When a region works: its days, its daily hours and its holidays."""

    model_config = _EXACTLY

    name: str = Field("Whole working days", max_length=60, description="What people call the calendar.")
    countries: tuple[str, ...] = Field(
        (), description="Countries of the partners it is for, as in ISO 3166; left out it is for all others."
    )
    zone: str = Field("", description="Its time zone; left out it is the workspace's.")
    days: tuple[str, ...] = Field(("mon", "tue", "wed", "thu", "fri"), description="Its working days.")
    hours: str = Field("", description="Its daily hours in quotes; left out it is whole days.")
    country: str = Field("", description="Whose public holidays are left out, as in ISO 3166.")
    subdivision: str = Field("", description="The part of that country, as in ISO 3166-2 without the country.")
    holidays: dict[str, str] = Field(
        default_factory=dict, description="Days without work of one's own: each day in quotes, with its name."
    )

    @model_validator(mode="after")
    def _is_a_calendar(self) -> Self:
        self.calendar(zone="UTC")
        return self

    def calendar(self, *, zone: str) -> WorkingCalendar:
        """Return the calendar; `zone` is the workspace's, taken where the region names none."""
        return read_calendar(self.model_dump(exclude={"countries"}), zone=zone)


class Escalation(BaseModel):
    """Who is told once so much of the time to answer has gone."""

    model_config = _EXACTLY

    after_percent: _Percent = Field(description="How much of the time has gone by then.")
    to: Literal["owner", "admin", "partner_manager", "revops", "finance", "executive"] = Field(
        description="`owner` is who looks after the partner, anything else everybody of that role."
    )


class ClockTerms(Section):
    """By which calendar claims and requests are answered, and what happens as the time runs out."""

    model_config = _EXACTLY
    section: ClassVar[str] = "clock"
    examples: ClassVar[Mapping[str, str]] = {
        "clock": "clock: {overdue: approve_if_met}",
        "request_hours": "request_hours: 48",
        "calendars": 'calendars: [{name: DACH, countries: [DE, AT, CH], hours: "09:00-17:30", country: DE}]',
        "name": "name: DACH",
        "countries": "countries: [DE, AT, CH]",
        "zone": "zone: Europe/Berlin",
        "days": "days: [mon, tue, wed, thu, fri]",
        "hours": 'hours: "09:00-17:30"',
        "country": "country: DE",
        "subdivision": "subdivision: BY",
        "holidays": 'holidays: {"2026-12-24": Christmas Eve}',
        "escalation": "escalation: [{after_percent: 50, to: owner}]",
        "after_percent": "after_percent: 50",
        "to": "to: owner",
        "overdue": "overdue: escalate",
    }
    ranges: ClassVar[Mapping[str, str]] = {
        "request_hours": "Give 1 to 2000 hours.",
        "after_percent": "Give 1 to 1000 per cent.",
    }

    request_hours: _Hours = Field(48, description="Working hours within which a request for a change is answered.")
    calendars: tuple[RegionTerms, ...] = Field(
        (), description="Calendars by region; without any it is Monday to Friday, whole days, without holidays."
    )
    escalation: tuple[Escalation, ...] = Field(
        (
            Escalation(after_percent=50, to="owner"),
            Escalation(after_percent=75, to="partner_manager"),
            Escalation(after_percent=100, to="admin"),
        ),
        description="Who is told when; each once.",
    )
    overdue: Overdue = Field(
        Overdue.ESCALATE,
        description="What silence means: `escalate` decides nothing, `approve` approves the claim, `approve_if_met` "
        "does so if every rule was met.",
    )

    def calendar_for(self, country: str, *, zone: str) -> WorkingCalendar:
        """Return the calendar of a partner's country: the first that names it, else the first that names none."""
        where = country_code(country)
        named = next((each for each in self.calendars if where and where in map(country_code, each.countries)), None)
        general = next((each for each in self.calendars if not each.countries), None)
        return (named or general or RegionTerms()).calendar(zone=zone)

    def sentences(self) -> tuple[str, ...]:
        """Say when there is work, and what silence means."""
        work = tuple(
            f"{each.name}: {', '.join(each.days)}, {each.hours or 'whole days'}"
            + (f", without the public holidays of {each.country}" if each.country else "")
            + "."
            for each in self.calendars
        )
        return (
            *work,
            f"A request for a change is answered within {self.request_hours} working hours.",
            SILENCE[self.overdue],
        )


SILENCE: Final[Mapping[Overdue, str]] = {
    Overdue.ESCALATE: "A claim that is not answered in time is escalated; nothing is decided by itself.",
    Overdue.APPROVE: "A claim that is not answered in time is approved.",
    Overdue.APPROVE_IF_MET: "A claim that meets every rule and is not answered in time is approved.",
}


class ApprovalTerms(Section):
    """Which steps an approval takes, in order, each by another person."""

    model_config = _EXACTLY
    section: ClassVar[str] = "approval"
    examples: ClassVar[Mapping[str, str]] = {
        "approval": "approval: {names_shown: true}",
        "steps": "steps: [{id: finance, says: Finance looks at the value, roles: [finance]}]",
        "names_shown": "names_shown: false",
        "roles": "roles: [finance, executive]",
        "when": "when: {claim.value: {gte: 50000.00 EUR}}",
    }

    steps: Annotated[tuple[StepTerms, ...], Field(min_length=1, max_length=10)] = Field(
        (StepTerms(id="decision", says="Partner management decides"),), description="The steps, in order."
    )
    names_shown: StrictBool = Field(default=False, description="Whether partners read who took a step.")

    def sentences(self) -> tuple[str, ...]:
        """Say which steps there may be."""
        if len(self.steps) == 1:
            return ()
        return (f"An approval may take {len(self.steps)} steps: {', '.join(step.says for step in self.steps)}.",)


class ExtensionTerms(BaseModel):
    """How a protection can be extended."""

    model_config = _EXACTLY

    most: Annotated[StrictInt, Field(ge=0, le=100)] = Field(1, description="How often.")
    most_days: _Days = Field(30, description="By how many days at most each time.")
    from_days_before: _Days = Field(30, description="How many days before its end one can ask at the earliest.")


class AmendmentTerms(BaseModel):
    """Which changes of what was registered count at once."""

    model_config = _EXACTLY

    accepted: tuple[Literal["contact", "close_on"], ...] = Field(
        ("contact", "close_on"), description="Fields whose change counts at once."
    )
    value_percent: Annotated[StrictInt, Field(ge=0, le=100)] = Field(
        10, description="By how much a value may differ for the change to count at once."
    )


class ProtectionTerms(Section):
    """How a protection, and what was registered, can be changed."""

    model_config = _EXACTLY
    section: ClassVar[str] = "protection"
    examples: ClassVar[Mapping[str, str]] = {
        "protection": "protection: {extension: {most: 1, most_days: 30}}",
        "extension": "extension: {most: 1, most_days: 30}",
        "amendment": "amendment: {value_percent: 10}",
        "most": "most: 1",
        "most_days": "most_days: 30",
        "from_days_before": "from_days_before: 30",
        "accepted": "accepted: [contact, close_on]",
        "value_percent": "value_percent: 10",
    }
    ranges: ClassVar[Mapping[str, str]] = {
        "most": "Give 0 to 100.",
        "most_days": "Give 1 to 1000 days.",
        "from_days_before": "Give 1 to 1000 days.",
        "value_percent": "Give 0 to 100 per cent.",
    }

    extension: ExtensionTerms = Field(ExtensionTerms(), description="More time.")
    amendment: AmendmentTerms = Field(AmendmentTerms(), description="Changes of value, date, product or contact.")

    def sentences(self) -> tuple[str, ...]:
        """Say what can be asked for."""
        more, change = self.extension, self.amendment
        often = "once" if more.most == 1 else f"{more.most} times"
        return (
            f"A protection can be extended {often}, by {more.most_days} days at most."
            if more.most
            else "A protection cannot be extended.",
            f"A value that differs by {change.value_percent} % at most counts at once.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one registration: the sections, the calendar of its region, and the version they are of."""

    policy: str
    calendar: WorkingCalendar
    answer_hours: int = 48
    protection_days: int = 90
    clock: ClockTerms = field(default_factory=ClockTerms)
    approval: ApprovalTerms = field(default_factory=ApprovalTerms)
    protection: ProtectionTerms = field(default_factory=ProtectionTerms)

    def answer_due(self, since: datetime) -> datetime:
        """Give the instant by which the partner has an answer."""
        return self.calendar.due(since, timedelta(hours=self.answer_hours))

    def request_due(self, since: datetime) -> datetime:
        """Give the instant by which a request for a change has an answer."""
        return self.calendar.due(since, timedelta(hours=self.clock.request_hours))

    def protected_until(self, approved_on: date) -> date:
        """Give the last protected day of a registration approved on that day."""
        return approved_on + timedelta(days=self.protection_days)

    def as_json(self) -> dict[str, Any]:
        """Return the terms as they are kept with a registration."""
        return {
            "policy": self.policy,
            "calendar": self.calendar.as_json(),
            "answer_hours": self.answer_hours,
            "protection_days": self.protection_days,
            "clock": self.clock.model_dump(mode="json"),
            "approval": self.approval.model_dump(mode="json"),
            "protection": self.protection.model_dump(mode="json"),
        }


def read_terms(kept: Mapping[str, Any], *, zone: str) -> Terms:
    """Read what `Terms.as_json` wrote; the terms of before there were any where nothing was kept."""
    return Terms(
        policy=str(kept.get("policy", "")),
        calendar=read_calendar(kept.get("calendar", {}), zone=zone),
        answer_hours=int(kept.get("answer_hours", 48)),
        protection_days=int(kept.get("protection_days", 90)),
        clock=ClockTerms.model_validate(kept.get("clock", {})),
        approval=ApprovalTerms.model_validate(kept.get("approval", {})),
        protection=ProtectionTerms.model_validate(kept.get("protection", {})),
    )
