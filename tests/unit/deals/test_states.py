"""The life of a registration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.states import (
    RegistrationEvent,
    RegistrationState,
    TransitionRefused,
    holds_protection,
    next_state,
)


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        ("submitted", "approve", "approved"),
        ("submitted", "decline", "declined"),
        ("submitted", "withdraw", "withdrawn"),
        ("approved", "withdraw", "withdrawn"),
        ("approved", "expire", "expired"),
        ("approved", "win", "won"),
        ("approved", "lose", "lost"),
        ("expired", "win", "won"),
        ("expired", "lose", "lost"),
    ],
)
def test_each_event_leads_to_one_state(state: str, event: str, after: str) -> None:
    assert next_state(RegistrationState(state), RegistrationEvent(event)) is RegistrationState(after)


def test_a_declined_registration_cannot_be_approved() -> None:
    with pytest.raises(TransitionRefused, match=r"The registration was declined: you cannot approve it\."):
        next_state(RegistrationState.DECLINED, RegistrationEvent.APPROVE)


def test_a_registration_that_waits_does_not_expire() -> None:
    with pytest.raises(TransitionRefused):
        next_state(RegistrationState.SUBMITTED, RegistrationEvent.EXPIRE)


@given(st.lists(st.sampled_from(RegistrationEvent)))
def test_protection_once_lost_is_never_regained(events: list[RegistrationEvent]) -> None:
    state, held = RegistrationState.SUBMITTED, True
    for event in events:
        try:
            state = next_state(state, event)
        except TransitionRefused:
            continue
        assert held or not holds_protection(state)
        held = holds_protection(state)
