"""A commission plan as the engine sees it: typed, exact, checked, frozen.

A plan is written as YAML (`document.py`), read by `reading.py`, and identified by the SHA-256 of its canonical form, so
that two texts which mean the same are the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, assert_never

from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.conditions import ALWAYS, Condition, condition_document, facts_named
from tallystick.kernel.money import Money
from tallystick.kernel.rounding import Rounding


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of the base: 3/25 for 12 %."""

    rate: Fraction


@dataclass(frozen=True, slots=True)
class Flat:
    """One amount for all lines of an invoice the rule applies to, in the plan's currency."""

    amount: Money


@dataclass(frozen=True, slots=True)
class PerUnit:
    """An amount for each unit of the line's quantity, in the plan's currency."""

    amount: Money


class BandMode(StrEnum):
    """Whether each band's rate counts for its own slice, or the reached band's rate for the whole amount."""

    MARGINAL = "marginal"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Band:
    """A rate from an amount on (included) up to another (excluded), in minor units of the plan's currency."""

    start: int
    end: int | None
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Bands:
    """A rate that depends on the invoice's commissionable net amount. Bands begin at 0, touch and never overlap."""

    mode: BandMode
    bands: tuple[Band, ...]


Rate: TypeAlias = Percent | Flat | PerUnit | Bands


@dataclass(frozen=True, slots=True)
class Rule:
    """What is paid when the condition holds. The first rule of a plan that matches a line is the one that counts."""

    id: str
    says: str
    when: Condition
    rate: Rate


@dataclass(frozen=True, slots=True)
class Uplift:
    """A percentage that is added to whichever rule counts, when the condition holds."""

    id: str
    says: str
    when: Condition
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Renewals:
    """Which share of the rate a renewal line earns, by renewal year, and in all years after the listed ones."""

    shares: tuple[tuple[int, Fraction], ...]
    afterwards: Fraction

    def share(self, year: int) -> Fraction:
        """Return the share of the rate that the renewal year earns."""
        return dict(self.shares).get(year, self.afterwards)


@dataclass(frozen=True)
class Plan:
    """A track's commission plan. Percentages are exact fractions; amounts are in the plan's currency."""

    name: str
    track: str
    currency: str
    valid_from: date
    valid_to: date | None
    excluded_products: tuple[str, ...]
    rules: tuple[Rule, ...]
    uplifts: tuple[Uplift, ...]
    renewals: Renewals | None
    hold_days: int
    claw_back_days: int | None
    rounding: Rounding

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the canonical form."""
        return sha256_hex(canonical_json(plan_document(self)))

    @cached_property
    def facts(self) -> frozenset[str]:
        """The names of all facts that decide what a line earns."""
        conditions = [rule.when for rule in self.rules] + [uplift.when for uplift in self.uplifts]
        names = frozenset[str]().union(*(facts_named(condition) for condition in conditions))
        if self.renewals:
            names |= {"line.kind", "line.renewal_year"}
        if self.excluded_products:
            names |= {"line.product"}
        return names

    def covers(self, day: date) -> bool:
        """Say whether the plan applies to invoices issued on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan in its canonical form: plain data, every field present, decimals as text.

    `read_plan` reads it back to an equal plan.
    """
    return {
        "plan": plan.name,
        "track": plan.track,
        "currency": plan.currency,
        "valid_from": plan.valid_from.isoformat(),
        "valid_to": plan.valid_to.isoformat() if plan.valid_to else None,
        "trigger": "payment_received",
        "base": {"amount": "net", "excluded_products": list(plan.excluded_products)},
        "rules": [
            {"id": rule.id, "says": rule.says, **_when(rule.when), **dict(_rate(rule.rate, plan.currency))}
            for rule in plan.rules
        ],
        "uplifts": [
            {"id": uplift.id, "says": uplift.says, **_when(uplift.when), "percent": percent_text(uplift.rate)}
            for uplift in plan.uplifts
        ],
        "renewals": {
            "shares": {str(year): percent_text(share) for year, share in plan.renewals.shares},
            "afterwards": percent_text(plan.renewals.afterwards),
        }
        if plan.renewals
        else None,
        "hold_days": plan.hold_days,
        "claw_back": {"window_days": plan.claw_back_days, "method": "proportional"},
        "rounding": {"mode": str(plan.rounding)},
    }


def _when(condition: Condition) -> dict[str, Any]:
    return {} if condition == ALWAYS else {"when": condition_document(condition)}


def _rate(rate: Rate, currency: str) -> Iterator[tuple[str, Any]]:
    match rate:
        case Percent():
            yield "percent", percent_text(rate.rate)
        case Flat():
            yield "flat", f"{rate.amount.amount:f}"
        case PerUnit():
            yield "per_unit", f"{rate.amount.amount:f}"
        case Bands():
            yield "bands", {"mode": str(rate.mode), "steps": [_band(band, currency) for band in rate.bands]}
        case _:
            assert_never(rate)


def _band(band: Band, currency: str) -> dict[str, Any]:
    start, end = (
        f"{Money(minor, currency).amount:f}" if minor is not None else None for minor in (band.start, band.end)
    )
    return {"from": start, "to": end, "percent": percent_text(band.rate)}


def percent_text(rate: Fraction) -> str:
    """Return the percentage as a plain decimal: "12.5" for 1/8. The rate has a finite number of decimals."""
    percent = rate * 100
    decimal = Decimal(percent.numerator) / Decimal(percent.denominator)
    return f"{decimal.normalize():f}"
