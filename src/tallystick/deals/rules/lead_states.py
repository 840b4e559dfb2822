"""The life of a lead: which event leads from which state to which."""

from enum import StrEnum


class LeadState(StrEnum):
    """Where a lead stands."""

    NEW = "new"
    ACCEPTED = "accepted"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    DECLINED = "declined"


class LeadEvent(StrEnum):
    """What can happen to a lead, as a verb."""

    ACCEPT = "accept"
    QUALIFY = "qualify"
    CONVERT = "convert"
    DECLINE = "decline"


class LeadMoveRefused(ValueError):
    """The event cannot happen in this state; the message says so in words for the person who tried."""


_NEXT = {
    (LeadState.NEW, LeadEvent.ACCEPT): LeadState.ACCEPTED,
    (LeadState.NEW, LeadEvent.DECLINE): LeadState.DECLINED,
    (LeadState.ACCEPTED, LeadEvent.QUALIFY): LeadState.QUALIFIED,
    # A deal in the CRM says more than a call that somebody forgot to note.
    (LeadState.ACCEPTED, LeadEvent.CONVERT): LeadState.CONVERTED,
    (LeadState.ACCEPTED, LeadEvent.DECLINE): LeadState.DECLINED,
    (LeadState.QUALIFIED, LeadEvent.CONVERT): LeadState.CONVERTED,
    (LeadState.QUALIFIED, LeadEvent.DECLINE): LeadState.DECLINED,
}

_STATE_WORDS = {
    LeadState.NEW: "is new",
    LeadState.ACCEPTED: "is accepted already",
    LeadState.QUALIFIED: "is qualified already",
    LeadState.CONVERTED: "has become a deal",
    LeadState.DECLINED: "was declined",
}


def next_lead_state(state: LeadState, event: LeadEvent) -> LeadState:
    """Give the state an event leads to. Raises LeadMoveRefused where it cannot happen."""
    try:
        return _NEXT[state, event]
    except KeyError:
        raise LeadMoveRefused(f"The lead {_STATE_WORDS[state]}: you cannot {event.value} it.") from None


def may_happen(state: LeadState, event: LeadEvent) -> bool:
    """Say whether an event can happen in a state: for the buttons of a page."""
    return (state, event) in _NEXT
