"""The fields of messages: what each means, an example, and where it is read from. Nothing else ever leaves.

A message holds what its type lists and no more: a new figure in an entry of the stream reaches no program by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tallystick.flows.notifications.facts import DealFacts, Event, PartnerFacts
from tallystick.kernel.money import Money

Json = Any


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
