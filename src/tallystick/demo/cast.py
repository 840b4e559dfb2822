"""Who takes part: the vendor's people, the partners with their people and tiers, the tracks. Read from data files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

import yaml

from tallystick.kernel.periods import Month


@cache
def data(name: str) -> Any:
    """Return one of the demo's data files."""
    return yaml.safe_load(files("tallystick.demo").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person at the vendor."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class PartnerPerson:
    """A person at a partner; addresses end in .example, where no mail can arrive."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class PartnerPlan:
    """A partner and how it fares: when its first deal comes, what part it sources and helps with, how often it wins."""

    name: str
    type: str
    region: str
    country: str
    lifecycle: str
    domain: str
    joined_on: date
    first_deal_on: date | None
    quiet_from: date | None
    tiers: tuple[tuple[str, date], ...]
    weight: int
    helps: int
    win_percent: int
    people: tuple[PartnerPerson, ...]

    def works_on(self, day: date) -> bool:
        """Say whether the partner brings business on that day: after its first deal, before it went quiet."""
        started = self.first_deal_on is not None and self.first_deal_on <= day
        return started and (self.quiet_from is None or day < self.quiet_from)


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A version of a commission plan: its YAML text and the first day on which it pays."""

    text: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """A track: one partner type worked in one motion, with the figure it answers for and its plan's versions."""

    partner_type: str
    motion: str
    name: str
    kpi: str
    versions: tuple[PlanDocument, ...]


def colleagues() -> tuple[Colleague, ...]:
    """Return the vendor's people."""
    return tuple(Colleague(**entry) for entry in data("cast")["people"])


def partner_plans(anchor: date) -> tuple[PartnerPlan, ...]:
    """Return the 16 partners, strongest first, with dates counted back from the anchor day."""
    return tuple(_partner_plan(entry, anchor) for entry in data("cast")["partners"])


def track_plans(anchor: date) -> tuple[TrackPlan, ...]:
    """Return the tracks, one per partner type, with their plan versions in order."""
    return tuple(
        TrackPlan(
            partner_type=entry["type"],
            motion=entry["motion"],
            name=entry["name"],
            kpi=entry["kpi"],
            versions=tuple(_plan_document(name, anchor, months) for name, months in entry["plans"]),
        )
        for entry in data("cast")["tracks"]
    )


def _plan_document(name: str, anchor: date, months: int) -> PlanDocument:
    valid_from = Month.containing(anchor).plus(-months).first_day
    text = files("tallystick.demo").joinpath("data", "plans", f"{name}.yaml").read_text(encoding="utf-8")
    return PlanDocument(text=Template(text).substitute(valid_from=valid_from), valid_from=valid_from)


def _partner_plan(entry: dict[str, Any], anchor: date) -> PartnerPlan:
    joined_on = anchor - timedelta(days=entry["joined"])
    domain = entry["name"].lower().replace(" & ", "-").replace(" ", "-") + ".example"
    return PartnerPlan(
        name=entry["name"],
        type=entry["type"],
        region=entry["region"],
        country=entry["country"],
        lifecycle=entry["lifecycle"],
        domain=domain,
        joined_on=joined_on,
        first_deal_on=None if entry["first_deal"] is None else joined_on + timedelta(days=entry["first_deal"]),
        quiet_from=anchor - timedelta(days=entry["quiet"]) if "quiet" in entry else None,
        tiers=tuple((tier, anchor - timedelta(days=days)) for tier, days in entry["tiers"]),
        weight=entry["weight"],
        helps=entry["helps"],
        win_percent=entry["win"],
        people=tuple(
            PartnerPerson(name=name, email=f"{name.lower().replace(' ', '.')}@{domain}", role=role)
            for name, role in entry["people"]
        ),
    )
