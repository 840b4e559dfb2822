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
        ("approved", "convert", "converted"),
        ("expired", "convert", "converted"),
        ("converted", "withdraw", "withdrawn"),
        ("converted", "win", "won"),
        ("converted", "lose", "lost"),
        ("expired", "win", "won"),
        ("expired", "lose", "lost"),
        ("lost", "win", "won"),
        ("won", "lose", "lost"),
        ("won", "resume", "converted"),
        ("lost", "resume", "converted"),
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


def test_an_opportunity_that_is_open_never_expires() -> None:
    with pytest.raises(TransitionRefused, match=r"The registration has become an opportunity: you cannot expire it\."):
        next_state(RegistrationState.CONVERTED, RegistrationEvent.EXPIRE)


REGAINING = {RegistrationEvent.CONVERT, RegistrationEvent.RESUME, RegistrationEvent.UPHOLD}


@given(st.lists(st.sampled_from(RegistrationEvent)))
def test_protection_once_lost_is_regained_through_the_crm_or_a_ruling_alone(events: list[RegistrationEvent]) -> None:
    state, held = RegistrationState.SUBMITTED, True
    for event in events:
        try:
            state = next_state(state, event)
        except TransitionRefused:
            continue
        assert held or not holds_protection(state) or event in REGAINING
        held = holds_protection(state)
