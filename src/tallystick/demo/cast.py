"""Who takes part: the vendor's people, the partners with their people and tiers, the tracks. Read from data files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


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
class TrackPlan:
    """A track: one partner type worked in one motion, with the figure it answers for."""

    partner_type: str
    motion: str
    name: str
    kpi: str


def colleagues() -> tuple[Colleague, ...]:
    """Return the vendor's people."""
    return tuple(Colleague(**entry) for entry in data("cast")["people"])


def partner_plans(anchor: date) -> tuple[PartnerPlan, ...]:
    """Return the 16 partners, strongest first, with dates counted back from the anchor day."""
    return tuple(_partner_plan(entry, anchor) for entry in data("cast")["partners"])


def track_plans() -> tuple[TrackPlan, ...]:
    """Return the tracks, one per partner type."""
    return tuple(
        TrackPlan(partner_type=entry["type"], motion=entry["motion"], name=entry["name"], kpi=entry["kpi"])
        for entry in data("cast")["tracks"]
    )


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
