"""How a commission plan is written: the fields of the YAML document, their types, and its JSON Schema.

This is the gate for text that people wrote. What it lets through is turned into a `Plan` by `reading.py`, which also
checks what one field cannot know of another.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tallystick.kernel.currencies import EXPONENTS
from tallystick.programmes.rules.facts import FACTS, PARTNER_TYPES

EXAMPLES: Final = {
    "plan": "plan: Referral 2026",
    "track": "track: referral",
    "currency": "currency: EUR",
    "valid_from": "valid_from: 2026-01-01",
    "valid_to": "valid_to: 2026-12-31",
    "trigger": "trigger: payment_received",
    "base": "base: {amount: net}",
    "amount": "amount: net",
    "excluded_products": "excluded_products: [Shipping]",
    "rules": "rules: [{id: standard, says: 10 % of what the customer paid, percent: 10}]",
    "id": "id: standard",
    "says": "says: 10 % of what the customer paid",
    "when": "when: {deal.term_months: {gte: 24}}",
    "percent": "percent: 12.5",
    "flat": "flat: 500.00",
    "per_unit": "per_unit: 12.00",
    "bands": "bands: {mode: marginal, steps: [{from: 0, to: 10000, percent: 5}, {from: 10000, percent: 8}]}",
    "mode": "mode: half_even",
    "steps": "steps: [{from: 0, to: 10000, percent: 5}, {from: 10000, percent: 8}]",
    "from": "from: 0",
    "to": "to: 10000",
    "uplifts": "uplifts: [{id: registered, says: 2 % more, when: {deal.registered: true}, percent: 2}]",
    "renewals": "renewals: {shares: {1: 50, 2: 25}, afterwards: 0}",
    "shares": "shares: {1: 50, 2: 25}",
    "afterwards": "afterwards: 0",
    "hold_days": "hold_days: 30",
    "claw_back": "claw_back: {window_days: 180, method: proportional}",
    "window_days": "window_days: 180",
    "method": "method: proportional",
    "rounding": "rounding: {mode: half_even}",
}
"""How to write each field: what an error shows to mend it."""


def _decimal(value: object) -> Decimal:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    try:
        decimal = Decimal(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text) else None
    except InvalidOperation:
        decimal = None
    if decimal is None:
        raise ValueError("is not a number")
    return decimal


def _percentage(value: object) -> Decimal:
    decimal = _decimal(value)
    if not 0 <= decimal <= 100:
        raise ValueError("is not between 0 and 100")
    return decimal


def _amount(value: object) -> Decimal:
    decimal = _decimal(value)
    if decimal < 0:
        raise ValueError("is below 0")
    return decimal


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("is not a date")
    return date.fromisoformat(value)


def _track(value: object) -> str:
    if value not in PARTNER_TYPES:
        raise ValueError(f"is not a track; there are {', '.join(PARTNER_TYPES)}")
    return str(value)


def _currency(value: object) -> str:
    if not isinstance(value, str) or value not in EXPONENTS:
        raise ValueError("is not an ISO 4217 currency code")
    return value


Percentage = Annotated[
    Decimal,
    BeforeValidator(_percentage),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": 100, "description": "Percent, 0 to 100."}),
]
Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "description": "In the plan's currency."}),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Currency = Annotated[str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Track = Annotated[str, BeforeValidator(_track), WithJsonSchema({"enum": list(PARTNER_TYPES)})]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=300)]
Days = Annotated[int, Field(ge=0, le=3660)]
ConditionDocument = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "Facts and what they must be; all must hold. Groups: any, all, not.",
            "properties": {
                **{fact.name: {"description": fact.sentence} for fact in FACTS.values()},
                "any": {"type": "array"},
                "all": {"type": "array"},
                "not": {"type": "object"},
            },
            "additionalProperties": False,
        }
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BandDocument(_Part):
    """A slice of the invoice's commissionable net amount, from an amount on up to another (excluded)."""

    start: Amount = Field(alias="from", description="Amount the band begins at, included; 0 for the first.")
    end: Amount | None = Field(
        None, alias="to", description="Amount the band ends at, excluded: where the next begins; none for the last."
    )
    percent: Percentage = Field(description="Rate of the band.")


class BandsDocument(_Part):
    """Rates by the size of the invoice."""

    mode: Literal["marginal", "whole"] = Field(
        description="`marginal`: each slice earns its own rate; `whole`: the rate reached counts for everything."
    )
    steps: list[BandDocument] = Field(
        min_length=1, max_length=50, description="The bands from 0 on, without a gap or an overlap."
    )


class RuleDocument(_Part):
    """A rule: exactly one of percent, flat, per_unit and bands."""

    id: Identifier = Field(description="Name of the rule in explanations; small letters, digits and `_`.")
    says: Words = Field(description="What the rule pays, in a sentence that partners read.")
    when: ConditionDocument | None = Field(None, description="Condition on facts; without one the rule always applies.")
    percent: Percentage | None = Field(None, description="Percent of the base.")
    flat: Amount | None = Field(None, description="One amount for all lines of an invoice the rule applies to.")
    per_unit: Amount | None = Field(None, description="Amount for each unit of the line's quantity.")
    bands: BandsDocument | None = Field(None, description="Rates by the net amount of the lines the rule applies to.")


class UpliftDocument(_Part):
    """A percentage added to whichever rule counts."""

    id: Identifier = Field(description="Name of the uplift in explanations; no rule has the same.")
    says: Words = Field(description="Why there is more, in a sentence that partners read.")
    when: ConditionDocument | None = Field(
        None, description="Condition on facts; without one the uplift is always added."
    )
    percent: Percentage = Field(description="Percent of the base, added before the renewal share.")


class BaseDocument(_Part):
    """What is paid on: what the customer paid of the invoice lines, without tax."""

    amount: Literal["net"] = Field(description="Always `net`: without tax, less credit notes.")
    excluded_products: list[Words] = Field(
        [], description="Products that earn nothing, by their names on the price list."
    )


class RenewalsDocument(_Part):
    """Percent of the rate that renewal lines earn, by renewal year."""

    shares: dict[Annotated[str, Field(pattern=r"^[1-9]\d?$")], Percentage] = Field(
        description="Percent of the rate by renewal year; 1 is the first renewal."
    )
    afterwards: Percentage = Field(description="Percent of the rate in every year that is not listed.")


class ClawBackDocument(_Part):
    """Until how many days after a payment a refund or credit note takes commission back; null means always."""

    window_days: Days | None = Field(
        description="Days after the payment in which something is taken back; `null` for ever."
    )
    method: Literal["proportional"] = Field(description="Always `proportional`: the share of the invoice taken back.")


class RoundingDocument(_Part):
    """How a partner's amount is rounded to whole minor units."""

    mode: Literal["half_even", "half_up", "down"] = Field(
        description="What is done with a fraction of a minor unit; once, at the end."
    )


class PlanDocument(_Part):
    """A commission plan: what partners on one track earn from invoices their customers paid."""

    plan: Annotated[str, Field(min_length=1, max_length=80)] = Field(description="Name of the plan.")
    track: Track = Field(description="Type of partner the plan is for.")
    currency: Currency = Field(description="Currency commission is computed and paid in, ISO 4217.")
    valid_from: Day = Field(description="First day on which invoices issued fall under the plan.")
    valid_to: Day | None = Field(None, description="Last such day; left out until another version begins.")
    trigger: Literal["payment_received"] = Field(description="Always `payment_received`.")
    base: BaseDocument = Field(description="What is paid on.")
    rules: list[RuleDocument] = Field(
        min_length=1, max_length=100, description="The rules in order; the first whose condition holds counts."
    )
    uplifts: list[UpliftDocument] = Field([], max_length=100, description="What is added to the rule that counts.")
    renewals: RenewalsDocument | None = Field(None, description="What renewals earn; left out they earn the full rate.")
    hold_days: Days = Field(description="Days from the payment until what it earned can be paid out.")
    claw_back: ClawBackDocument = Field(description="What happens when the customer gets money back.")
    rounding: RoundingDocument = Field(description="How amounts become whole minor units.")


def plan_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document, for editors that check while one writes."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PlanDocument.model_json_schema()}
