"""The sequential model of registrations, and the judge that holds a recorded history against it.

The activity chain is one order in which everything happened: each entry was written in the transaction of its change.
The model takes the entries one by one and says what may follow; it knows nothing of the program's own rules. What
was answered must agree with the chain, and the database in the end with the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LIVE = ("submitted", "approved", "converted")
"""States that hold the company."""
DONE, REFUSED = 200, 409
REFUSED_OUTSIDE = {"approve": ("submitted",), "decline": ("submitted",), "withdraw": LIVE}
"""In which states each of them is done, and so refused in all others."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chain: its place, what happened, to which registration, and what was recorded with it."""

    position: int
    verb: str
    subject: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """What a client did and was answered. `first` and `last` are the chain's length before and after it.

    `status` is None where no answer came: the server was killed, and nobody asked again.
    """

    kind: str
    reference: str
    status: int | None
    state: str
    first: int
    last: int


@dataclass(slots=True)
class Model:
    """One thread of control: registrations with their state, and who holds which company."""

    states: dict[int, str] = field(default_factory=dict)
    slots: dict[int, str] = field(default_factory=dict)
    holders: dict[str, int] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    held_at: list[frozenset[str]] = field(default_factory=lambda: [frozenset()])
    """Which companies were held after each entry."""
    states_at: list[dict[int, str]] = field(default_factory=lambda: [{}])
    wrong: list[str] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Let happen what an entry tells, or note why it cannot."""
        match entry.verb:
            case "deal_registered":
                self._register(entry)
            case "registration_approved":
                self._move(entry, entry.subject, from_=("submitted",), to="approved")
            case "registration_declined":
                self._move(entry, entry.subject, from_=("submitted",), to="declined")
            case "registration_withdrawn":
                self._move(entry, entry.subject, from_=LIVE, to="withdrawn")
            case "protections_expired":
                for key in entry.data["registrations"]:
                    self._move(entry, key, from_=("approved",), to="expired")
            case "registration_converted":
                self._move(entry, entry.subject, from_=("approved", "expired"), to="converted")
            case "registration_resumed":
                to = "expired" if entry.data.get("release") else "converted"
                self._move(entry, entry.subject, from_=("won", "lost"), to=to)
            case "registration_won" | "registration_lost":
                to = entry.verb.removeprefix("registration_")
                self._move(entry, entry.subject, from_=("converted", "expired", "won", "lost"), to=to)
        self.held_at.append(frozenset(self.holders))
        self.states_at.append(dict(self.states))

    def _register(self, entry: Entry) -> None:
        key, slot, state = entry.subject or 0, str(entry.data["account_key"]), str(entry.data["state"])
        if key in self.states:
            self.wrong.append(f"{entry.position}: {key} was registered twice.")
        self.states[key], self.slots[key] = state, slot
        self.references[str(entry.data["reference"])] = key
        if state in LIVE:
            self._hold(entry, key)

    def _move(self, entry: Entry, key: int | None, *, from_: Sequence[str], to: str) -> None:
        key = key or 0
        was = self.states.get(key, "unknown")
        if was not in from_:
            self.wrong.append(f"{entry.position}: {key} went from {was} to {to}.")
        self.states[key] = to
        slot = self.slots.get(key, "")
        if was in LIVE and to not in LIVE and self.holders.get(slot) == key:
            del self.holders[slot]
        if was not in LIVE and to in LIVE:
            self._hold(entry, key)

    def _hold(self, entry: Entry, key: int) -> None:
        slot = self.slots[key]
        if self.holders.get(slot, key) != key:
            self.wrong.append(f"{entry.position}: {key} holds {slot}, which {self.holders[slot]} holds.")
        self.holders[slot] = key


def judge(
    entries: Iterable[Entry],
    calls: Iterable[Call],
    *,
    start: int,
    states: Mapping[int, str],
    holders: Mapping[str, Sequence[int]],
) -> list[str]:
    """Return everything that is wrong with a history; nothing where it could have happened one after the other.

    `start` is the length of the chain before the first entry. `states` and `holders` are what the database says in the
    end: of each registration, and of each company every registration with an active protection.
    """
    model = Model()
    for entry in entries:
        model.take(entry)
    wrong = list(model.wrong)
    wrong += [f"{call.kind} {call.reference}: {fault}" for call in calls for fault in _faults(call, model, start)]
    wrong += [f"{key} is {state}, and {states.get(key)} in the database." for key, state in model.states.items()
              if states.get(key) != state]  # fmt: skip
    wrong += [f"{key} is in the database and not in the chain." for key in states if key not in model.states]
    wrong += [f"{slot} is held by {held}." for slot, held in holders.items() if len(held) != 1]
    found = {slot: held[0] for slot, held in holders.items() if held}
    if found != model.holders:
        wrong.append(f"Held are {found}, by the chain {model.holders}.")
    return wrong


def _faults(call: Call, model: Model, start: int) -> Iterable[str]:
    """Yield what is wrong with an answer: it must fit some moment between the question and the answer."""
    key = model.references.get(call.reference)
    moments = range(call.first - start, min(call.last - start, len(model.states_at) - 1) + 1)
    were = {model.states_at[at].get(key or 0, "") for at in moments}
    if call.status is None:
        return
    if (call.kind, call.status) == ("register", 201):
        if key is None:
            yield "was acknowledged and is lost."
        elif call.state == "declined" and not any(model.slots[key] in model.held_at[at] for at in moments):
            yield "was declined while nobody held the company."
    elif call.status == REFUSED and call.kind in REFUSED_OUTSIDE:
        if were <= set(REFUSED_OUTSIDE[call.kind]):
            yield f"was refused while it was {', '.join(sorted(were))}."
    elif call.status != DONE:
        yield f"was answered {call.status}."
    elif call.state not in were:
        yield f"was answered {call.state}, which it never was meanwhile."
