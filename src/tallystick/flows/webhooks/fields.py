"""The fields of messages: what each means, an example, and where it is read from. Nothing else ever leaves.

A message holds what its type lists and no more: a new figure in an entry of the stream reaches no program by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tallystick.flows.notifications.facts import DealFacts, Event, LeadFacts, PartnerFacts
from tallystick.kernel.money import Money

Json = Any
CONFLICT: Final = "conflict"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the data of a message."""

    name: str
    about: str
    example: Json
    read: Callable[[Event], Json]


class Unreadable(LookupError):
    """What the event is about is not there any more: there is no message."""


def _deal(event: Event) -> DealFacts:
    if event.deal is None:
        raise Unreadable(event.topic)
    return event.deal


def _partner(event: Event) -> PartnerFacts:
    if event.partner is None:
        raise Unreadable(event.topic)
    return event.partner


def _lead(event: Event) -> LeadFacts:
    if event.lead is None:
        raise Unreadable(event.topic)
    return event.lead


def _case(event: Event) -> Event:
    """Return the event where it is about the case itself, not the entry that one claimant has of it."""
    if event.entry.subject_kind != CONFLICT:
        raise Unreadable(event.topic)
    return event


def _registered(event: Event, side: str) -> dict[str, Json]:
    """Return the fields of a change of what was registered; an amount with its currency, whichever of them changes."""
    fields, value = dict(event.data[side]), _deal(event).value
    minor, currency = fields.pop("value_minor", None), fields.pop("currency", None)
    if value is not None and (minor is not None or currency):
        fields["value"] = money(value.minor if minor is None else minor, currency or value.currency)
    return fields


def given(name: str, about: str, example: Json, *, key: str = "") -> Field:
    """Return a field that the entry holds itself, under the same name or another key; null where it does not."""
    return Field(name, about, example, lambda event: event.data.get(key or name))


def money(minor: int, currency: str) -> dict[str, Json]:
    """Return an amount as messages spell it, and the API: whole minor units beside a currency."""
    return {"minor": minor, "currency": currency}


def _sums(amounts: tuple[Money, ...]) -> list[dict[str, Json]]:
    return [money(amount.minor, amount.currency) for amount in amounts]


REFERENCE: Final = Field(
    "reference", "What the registration is called", "DR-1038", lambda event: _deal(event).reference
)
COMPANY: Final = Field("company", "The company it is about", "Cellvia", lambda event: _deal(event).company)
DEAL: Final = Field(
    "deal",
    "The registration, or the deal of the CRM, it is about",
    {"kind": "registration", "reference": "DR-1038", "company": "Cellvia"},
    lambda event: {
        "kind": "registration" if _deal(event).is_registration else "opportunity",
        "reference": _deal(event).reference or None,
        "company": _deal(event).company,
    },
)
PARTNER: Final = Field(
    "partner",
    "The partner it concerns",
    {"id": 12, "name": "Zephyr Informatics"},
    lambda event: {"id": _partner(event).id, "name": _partner(event).name},
)
VALUE: Final = Field(
    "value",
    "What the partner expects the deal to be worth",
    money(4_800_000, "EUR"),
    lambda event: money(event.data["value_minor"], event.data["currency"]),
)
ANSWERS: Final = Field(
    "answers",
    "What the registration form asked beside, each with the property of the CRM it belongs to",
    [{"field": "project_type", "label": "Type of project", "value": "New site", "crm_property": "project_type__c"}],
    lambda event: [
        {"field": told.field, "label": told.label, "value": told.value, "crm_property": told.crm_property}
        for told in _deal(event).answers
    ],
)
TOTAL: Final = Field(
    "total",
    "The sum of its lines",
    money(312_450, "EUR"),
    lambda event: money(event.data["total_minor"], event.data["currency"]),
)
AMOUNT: Final = Field(
    "amount",
    "The amount of the line",
    money(48_000, "EUR"),
    lambda event: money(event.data["amount_minor"], event.data["currency"]),
)
AMOUNTS: Final = Field(
    "amounts",
    "What was booked in each currency, gains and losses apart",
    [money(48_000, "EUR"), money(-1_200, "EUR")],
    lambda event: _sums(event.money),
)
STAGE: Final = Field("stage", "The stage the CRM reports", "Proposal", lambda event: _deal(event).stage)
SUBJECT: Final = Field("id", "The id of the record it is about", 341, lambda event: event.entry.subject_id)
MONTH: Final = given("month", "The month", "2026-10")
REASON: Final = given("reason", "Why, in words both sides read", "Sold by our own team since May.")
WHO: Final = Field("by", "Who did it", "Ines Duarte", lambda event: event.entry.actor_label)
ENTRY: Final = Field("entry", "Its position in the activity stream", 20_417, lambda event: event.entry.position)
PARTNER_IF_ANY: Final = Field(
    "partner",
    "The partner it concerns; null where it is nobody's yet",
    {"id": 12, "name": "Zephyr Informatics"},
    lambda event: {"id": event.partner.id, "name": event.partner.name} if event.partner else None,
)
LEAD: Final = Field("reference", "What the lead is called", "LD-7KQ2M9", lambda event: _lead(event).reference)
LEAD_COMPANY: Final = Field("company", "The company it is about", "Cellvia", lambda event: _lead(event).company)
DIRECTION: Final = Field(
    "direction",
    "Who introduces it to whom: to_vendor or to_partner",
    "to_partner",
    lambda event: "to_vendor" if _lead(event).is_from_partner else "to_partner",
)
CASE: Final = Field("conflict", "The id of the case", 17, lambda event: _case(event).entry.subject_id)
CASE_NAME: Final = Field("reference", "What the case is called", "CF-17", lambda event: _case(event).data["reference"])
CASE_COMPANY: Final = Field("company", "The company it is about", "Cellvia", lambda event: _case(event).data["company"])
OWN_CASE_NAME: Final = given("reference", "What the case is called", "CF-17")
_PARTS: Final = [{"partner_id": 12, "ppm": 1_000_000}]
PARTS: Final = Field(
    "parts",
    "Each partner's part in parts per million, the source first; a partner reads its own",
    _PARTS,
    lambda event: [{"partner_id": partner, "ppm": ppm} for partner, ppm in event.data["parts"]],
)
OWN_PART: Final = Field(
    PARTS.name,
    PARTS.about,
    _PARTS,
    lambda event: [{"partner_id": _partner(event).id, "ppm": event.data["ppm"]}] if event.data["ppm"] else [],
)
WAS: Final = Field(
    "was",
    "The fields that would change, as they were",
    {"value": money(6_000_000, "EUR")},
    lambda event: _registered(event, "before"),
)
WANTED: Final = Field(
    "wanted",
    "The same as they would be",
    {"value": money(9_000_000, "EUR")},
    lambda event: _registered(event, "after"),
)
WANTED_UNTIL: Final = Field(
    "wanted_until",
    "The last protected day that is asked for",
    "2027-03-20",
    lambda event: event.data["after"]["protected_until"],
)
