"""The clock of a claim: when somebody is told, what a pause leaves, and whether silence approves.

Specified in docs/explanation/deal-registration.md. Pure: calendar, terms and instants are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tallystick.deals.rules.terms import Escalation, Overdue, Terms
from tallystick.deals.rules.working_hours import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the vendor waited for the partner; open while `until` is None."""

    since: datetime
    until: datetime | None = None


def due_after_pause(calendar: WorkingCalendar, *, due: datetime, pause: Pause) -> datetime:
    """Return when an answer is due after a pause: what working time was left begins again with the partner's answer.

    A clock that had run out when the question was asked stays run out: asking late mends nothing.
    """
    if pause.until is None or pause.since >= due:
        return due
    return calendar.due(pause.until, calendar.elapsed(pause.since, due))


def working_time(
    calendar: WorkingCalendar, *, since: datetime, until: datetime, pauses: Iterable[Pause] = ()
) -> timedelta:
    """Return the working time a claim took between two instants, without the pauses."""
    paused = sum(
        (calendar.elapsed(max(pause.since, since), min(pause.until or until, until)) for pause in pauses), timedelta(0)
    )
    return calendar.elapsed(since, until) - paused


def next_escalation(terms: Terms, *, level: int, due: datetime, at: datetime) -> datetime | None:
    """Return the instant of the escalation after `level` of them, counted back and on from when the answer is due.

    None where there is no other. What is left of the clock decides, so that a pause shifts it like the due time.
    """
    steps = escalations(terms)
    if level >= len(steps):
        return None
    step, whole = steps[level], timedelta(hours=terms.answer_hours)
    share = whole * step.after_percent / 100
    if share >= whole:
        return terms.calendar.due(due, share - whole)
    left = whole - share
    remaining = terms.calendar.elapsed(at, due)
    return at if remaining <= left else terms.calendar.due(at, remaining - left)


def escalations(terms: Terms) -> tuple[Escalation, ...]:
    """Return the escalations of the terms, the earliest first."""
    return tuple(sorted(terms.clock.escalation, key=lambda step: step.after_percent))


def silence_approves(terms: Terms, *, not_met: Sequence[str]) -> bool:
    """Tell whether a claim that nobody answered in time is approved; `not_met` are the rules it did not meet."""
    match terms.clock.overdue:
        case Overdue.ESCALATE:
            return False
        case Overdue.APPROVE_IF_MET:
            return not not_met
        case Overdue.APPROVE:
            return True


def deemed_reason(terms: Terms, *, due_in_words: str) -> str:
    """Say why a claim was approved without a person, citing the rule and its version."""
    return (
        f"No answer came by {due_in_words}. The rule “clock.overdue: {terms.clock.overdue}” of {terms.policy} approves "
        "a claim then."
    )
