"""The life of a registration: which event leads from which state to which."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """Where a registration stands."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    CONVERTED = "converted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    WON = "won"
    LOST = "lost"


class RegistrationEvent(StrEnum):
    """What can happen to a registration, as a verb."""

    APPROVE = "approve"
    CONVERT = "convert"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    WIN = "win"
    LOSE = "lose"
    RESUME = "resume"
    UPHOLD = "uphold"
    OVERRULE = "overrule"


class TransitionRefused(ValueError):
    """The event cannot happen in this state; the message says so in words for the person who tried."""


_S, _E = RegistrationState, RegistrationEvent

_NEXT = {
    (_S.SUBMITTED, _E.APPROVE): _S.APPROVED,
    (_S.SUBMITTED, _E.DECLINE): _S.DECLINED,
    (_S.SUBMITTED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _E.CONVERT): _S.CONVERTED,
    (_S.APPROVED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _E.EXPIRE): _S.EXPIRED,
    (_S.CONVERTED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.CONVERTED, _E.WIN): _S.WON,
    (_S.CONVERTED, _E.LOSE): _S.LOST,
    # The CRM may tell of the opportunity only after the protection ended: had it told in time, it had not ended.
    (_S.EXPIRED, _E.CONVERT): _S.CONVERTED,
    # Where another claim holds the account by then, the registration still ends with its deal.
    (_S.EXPIRED, _E.WIN): _S.WON,
    (_S.EXPIRED, _E.LOSE): _S.LOST,
    # What the CRM corrects is corrected here, whatever the order in which it tells.
    (_S.WON, _E.LOSE): _S.LOST,
    (_S.LOST, _E.WIN): _S.WON,
    (_S.WON, _E.RESUME): _S.CONVERTED,
    (_S.LOST, _E.RESUME): _S.CONVERTED,
    (_S.WON, _E.EXPIRE): _S.EXPIRED,
    (_S.LOST, _E.EXPIRE): _S.EXPIRED,
    # A ruling moves what was decided before: one claim takes the account from another, or is put in its place.
    (_S.SUBMITTED, _E.UPHOLD): _S.APPROVED,
    (_S.DECLINED, _E.UPHOLD): _S.APPROVED,
    (_S.EXPIRED, _E.UPHOLD): _S.APPROVED,
    (_S.SUBMITTED, _E.OVERRULE): _S.DECLINED,
    (_S.APPROVED, _E.OVERRULE): _S.DECLINED,
    (_S.CONVERTED, _E.OVERRULE): _S.DECLINED,
    # A deal may be won while one waits for the ruling whose it is.
    (_S.WON, _E.OVERRULE): _S.DECLINED,
}

HOLDING = frozenset({_S.SUBMITTED, _S.APPROVED, _S.CONVERTED})
"""States that hold the account: nobody else can register it."""

_STATE_WORDS = {
    RegistrationState.SUBMITTED: "is in review",
    RegistrationState.APPROVED: "is approved already",
    RegistrationState.CONVERTED: "has become an opportunity",
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
    return state in HOLDING
