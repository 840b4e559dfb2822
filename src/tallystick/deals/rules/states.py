"""The life of a registration: which event leads from which state to which."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """Where a registration stands."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    WON = "won"
    LOST = "lost"


class RegistrationEvent(StrEnum):
    """What can happen to a registration, as a verb."""

    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    WIN = "win"
    LOSE = "lose"


class TransitionRefused(ValueError):
    """The event cannot happen in this state; the message says so in words for the person who tried."""


_NEXT = {
    (RegistrationState.SUBMITTED, RegistrationEvent.APPROVE): RegistrationState.APPROVED,
    (RegistrationState.SUBMITTED, RegistrationEvent.DECLINE): RegistrationState.DECLINED,
    (RegistrationState.SUBMITTED, RegistrationEvent.WITHDRAW): RegistrationState.WITHDRAWN,
    (RegistrationState.APPROVED, RegistrationEvent.WITHDRAW): RegistrationState.WITHDRAWN,
    (RegistrationState.APPROVED, RegistrationEvent.EXPIRE): RegistrationState.EXPIRED,
    (RegistrationState.APPROVED, RegistrationEvent.WIN): RegistrationState.WON,
    (RegistrationState.APPROVED, RegistrationEvent.LOSE): RegistrationState.LOST,
    # A deal that became an opportunity in time may end after its protection; its registration still ends with it.
    (RegistrationState.EXPIRED, RegistrationEvent.WIN): RegistrationState.WON,
    (RegistrationState.EXPIRED, RegistrationEvent.LOSE): RegistrationState.LOST,
}

_STATE_WORDS = {
    RegistrationState.SUBMITTED: "is in review",
    RegistrationState.APPROVED: "is approved already",
    RegistrationState.DECLINED: "was declined",
    RegistrationState.WITHDRAWN: "was withdrawn",
    RegistrationState.EXPIRED: "has expired",
    RegistrationState.WON: "was won",
    RegistrationState.LOST: "was lost",
}


def next_state(state: RegistrationState, event: RegistrationEvent) -> RegistrationState:
    """Give the state an event leads to. Raises TransitionRefused where it cannot happen."""
    try:
        return _NEXT[state, event]
    except KeyError:
        raise TransitionRefused(f"The registration {_STATE_WORDS[state]}: you cannot {event.value} it.") from None


def holds_protection(state: RegistrationState) -> bool:
    """Say whether a registration in this state keeps its claim to the account."""
    return state in (RegistrationState.SUBMITTED, RegistrationState.APPROVED)
