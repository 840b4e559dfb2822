"""The terms of a registration: read with each mistake named, kept and read back, and the rules that follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tallystick.deals.rules.approval import StepRefused, StepTerms, TakenStep, check_program, check_step, steps_needed
from tallystick.deals.rules.clock import Pause, due_after_pause, next_escalation, silence_approves, working_time
from tallystick.deals.rules.engagement.reading import EngagementInvalid, default_document, read_engagement
from tallystick.deals.rules.requests import ProtectionFacts, RequestRefused, accepted_at_once, changes, check_extension
from tallystick.deals.rules.terms import (
    ClockTerms,
    Escalation,
    Overdue,
    ProtectionTerms,
    RegionTerms,
    Terms,
    read_terms,
)
from tallystick.deals.rules.working_hours import WorkingCalendar
from tallystick.kernel.explanations import FactValue
from tallystick.platform.models import WorkspaceRole

CALENDAR = WorkingCalendar(zone="Europe/Berlin")
TERMS = Terms(policy="roe@1", calendar=CALENDAR)
FRIDAY = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("clock: {request_hours: 0}", "clock.request_hours: request_hours 0 is out of range. Give 1 to 2000 hours."),
        ("clock: {minutes: 5}", "No field is called minutes here."),
        ('clock: {calendars: [{hours: "9-5"}]}', "write them like 09:00-17:30"),
        ("clock: {overdue: forget}", "overdue cannot be 'forget'"),
        ("approval: {steps: [{id: x, says: X, roles: []}]}", "roles is empty or too long"),
        ("approval: {steps: [{id: x, says: X, when: {claim.valu: {gte: 1.00 EUR}}}]}", "No fact is called claim.valu"),
        ("protection: {extension: {most_days: -1}}", "most_days -1 is out of range. Give 1 to 1000 days."),
    ],
)
def test_a_section_with_a_mistake_says_where_and_what(section: str, says: str) -> None:
    with pytest.raises(EngagementInvalid) as refused:
        read_engagement(f"{default_document()}\n{section}\n")
    assert says in " ".join(map(str, refused.value.problems))


def test_terms_are_read_back_as_they_were_kept() -> None:
    clock = ClockTerms(calendars=(RegionTerms(name="DACH", countries=("DE", "AT"), hours="09:00-17:00"),))
    calendar = clock.calendar_for("at", zone="Europe/Vienna")
    terms = Terms(policy="roe@2", calendar=calendar, answer_hours=16, protection_days=60, clock=clock)
    assert read_terms(terms.as_json(), zone="UTC") == terms
    assert (terms.calendar.name, terms.calendar.zone) == ("DACH", "Europe/Vienna")
    assert clock.calendar_for("FR", zone="Europe/Paris") == WorkingCalendar(zone="Europe/Paris")


@pytest.mark.parametrize("written", ["GB", "gb", "UK", "United Kingdom"])
def test_a_calendar_is_found_however_its_country_is_written(written: str) -> None:
    clock = ClockTerms(calendars=(RegionTerms(name="Britain", countries=(written,)),))
    assert clock.calendar_for("GB", zone="Europe/London").name == "Britain"
    assert clock.calendar_for("", zone="Europe/London").name == "Whole working days"


def test_roles_of_steps_and_escalations_are_roles_there_are() -> None:
    for role in {role.value for role in WorkspaceRole} - {"ae"}:
        StepTerms.model_validate({"id": "x", "says": "X", "roles": [role]})
        Escalation.model_validate({"after_percent": 50, "to": role})
    with pytest.raises(ValidationError):
        StepTerms.model_validate({"id": "x", "says": "X", "roles": ["owner"]})


# Steps

STEPS = (
    StepTerms(id="first", says="First"),
    StepTerms(id="second", says="Second", when={"claim.value": {"gte": "50000.00 EUR"}}),
)


@pytest.mark.parametrize(
    ("facts", "needed"),
    [
        ({"claim.value": 4_999_999, "claim.value_currency": "EUR"}, 1),
        ({"claim.value": 5_000_000, "claim.value_currency": "EUR"}, 2),
        ({"claim.value": None, "claim.value_currency": None}, 2),
        ({"claim.value": 9_000_000, "claim.value_currency": "USD"}, 2),
    ],
)
def test_a_step_is_needed_where_its_condition_holds_or_cannot_be_told(facts: dict[str, Any], needed: int) -> None:
    assert len(steps_needed(STEPS, facts)) == needed


def test_a_claim_that_needs_no_step_is_still_decided_by_a_person() -> None:
    facts: dict[str, FactValue] = {"claim.value": 1, "claim.value_currency": "EUR"}
    assert steps_needed(STEPS[1:], facts) == (STEPS[1],)


def test_nobody_takes_two_steps_of_one_claim() -> None:
    steps = [TakenStep("A", ("admin",), is_taken=True, taken_by=1), TakenStep("B", ("admin",), is_taken=False)]
    assert check_step(steps, role="admin", person_id=2) == 1
    with pytest.raises(StepRefused, match="another person"):
        check_step(steps, role="admin", person_id=1)


def test_a_program_takes_any_one_step_and_no_second_whoever_took_the_others() -> None:
    by_person = TakenStep("A", ("admin",), is_taken=True, taken_by=1)
    by_program = TakenStep("A", ("admin",), is_taken=True)
    last = TakenStep("Finance releases", ("finance", "executive"), is_taken=False)

    check_program([last], place=0)
    check_program([by_person, last], place=1)
    with pytest.raises(StepRefused, match="“Finance releases” .* waits for a person in finance or executive"):
        check_program([by_program, last], place=1)
    with pytest.raises(StepRefused):
        check_program([by_program, by_person, last], place=2)


# The clock


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - UTC is added
    st.timedeltas(timedelta(0), timedelta(days=20)),
    st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_a_pause_takes_nothing_from_the_time_to_answer_and_adds_nothing(
    start: datetime, before: timedelta, asked: timedelta
) -> None:
    due = TERMS.answer_due(start)
    pause = Pause(start + before, start + before + asked)
    after = due_after_pause(CALENDAR, due=due, pause=pause)
    assert after >= due
    if pause.since < due:
        assert working_time(CALENDAR, since=start, until=after, pauses=[pause]) == timedelta(hours=48)
    else:
        assert after == due


def test_escalations_come_after_their_share_of_the_time_one_after_the_other() -> None:
    """Half of 48 hours from Friday 15:05 is Monday 15:05 in Berlin; three quarters Tuesday 03:05; all 15:05."""
    due, at, found = TERMS.answer_due(FRIDAY), FRIDAY, []
    for level in range(4):
        step = next_escalation(TERMS, level=level, due=due, at=at)
        found.append(step)
        at = step or at
    assert found == [
        datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        datetime(2026, 11, 24, 2, 5, tzinfo=UTC),
        datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
        None,
    ]


@pytest.mark.parametrize(
    ("overdue", "not_met", "approves"),
    [
        ("escalate", [], False),
        ("approve", ["new_to_us"], True),
        ("approve_if_met", [], True),
        ("approve_if_met", ["new_to_us"], False),
    ],
)
def test_silence_approves_by_the_terms_alone(overdue: str, not_met: list[str], approves: bool) -> None:  # noqa: FBT001
    terms = Terms(policy="roe@1", calendar=CALENDAR, clock=ClockTerms(overdue=Overdue(overdue)))
    assert silence_approves(terms, not_met=not_met) is approves


# Requests

UNTIL = date(2027, 2, 18)


@pytest.mark.parametrize(
    ("on", "extensions", "days", "gives"),
    [
        (date(2027, 1, 18), 0, 30, None),
        (date(2027, 1, 19), 0, 30, date(2027, 3, 20)),
        (UNTIL, 0, 1, date(2027, 2, 19)),
        (date(2027, 2, 19), 0, 1, None),
        (UNTIL, 1, 1, None),
        (UNTIL, 0, 31, None),
        (UNTIL, 0, 0, None),
    ],
)
def test_more_time_is_given_once_near_the_end_and_not_too_much(
    on: date, extensions: int, days: int, gives: date | None
) -> None:
    facts = ProtectionFacts(UNTIL, extensions)
    if gives is not None:
        assert check_extension(ProtectionTerms(), facts, days=days, on=on) == gives
        return
    with pytest.raises(RequestRefused):
        check_extension(ProtectionTerms(), facts, days=days, on=on)


@pytest.mark.parametrize(
    ("new", "at_once"),
    [
        ({"contact_name": "Ott", "contact_email": "ott@a.example"}, True),
        ({"close_on": "2027-01-01"}, True),
        ({"value_minor": 110}, True),
        ({"value_minor": 90}, True),
        ({"value_minor": 111}, False),
        ({"value_minor": 110, "product_key": "eln"}, False),
        ({"currency": "USD"}, False),
    ],
)
def test_small_changes_count_at_once(new: dict[str, Any], at_once: bool) -> None:  # noqa: FBT001 - a column of a table
    old: dict[str, FactValue] = {
        "value_minor": 100,
        "currency": "EUR",
        "product_key": "",
        "contact_name": "",
        "close_on": None,
    }
    assert accepted_at_once(ProtectionTerms(), changes(old, new)) is at_once


def test_a_change_that_changes_nothing_is_refused() -> None:
    with pytest.raises(RequestRefused):
        changes({"value_minor": 100}, {"value_minor": 100})
