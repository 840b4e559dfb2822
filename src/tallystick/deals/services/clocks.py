"""Keeps the clock of a registration: started with the claim, stopped by a question, told of as it runs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from tallystick.deals.models import ConflictClaim, DealRegistration, PartnerQuestion, RegistrationState
from tallystick.deals.rules.approval import check_step
from tallystick.deals.rules.clock import Pause, due_after_pause, escalations, next_escalation, working_time
from tallystick.deals.rules.forms.answering import AnswerProblem
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.rules.terms import Overdue
from tallystick.deals.services.deciding import WAITS_FOR_RULING, steps_taken
from tallystick.deals.services.forms import complete_answers
from tallystick.deals.services.recording import record
from tallystick.deals.services.terms import terms_of
from tallystick.partners.models import GONE
from tallystick.platform.actors import SYSTEM, Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

MOST: Final = 500


class QuestionRefused(ValueError):
    """The question cannot be asked or answered; the message says why."""


@transaction.atomic
def ask_partner(
    actor: Actor, *, registration_id: int, text: str, at: datetime, role: str | None = None
) -> PartnerQuestion:
    """Ask the partner something before deciding: the clock stands still until it answers. Vendor's side.

    Raises `DealRegistration.DoesNotExist`, `TransitionRefused` where the registration is decided, `StepRefused` where
    the next step is another role's, and `QuestionRefused` for an empty question or a second one.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    if registration.state != RegistrationState.SUBMITTED:
        raise TransitionRefused("The registration is decided: write in its conversation instead.")
    check_step(steps_taken(registration), role=role, person_id=None)
    if not text.strip():
        raise QuestionRefused("Write what you need to know.")
    if registration.clock_stopped_at is not None:
        raise QuestionRefused("A question waits for the partner's answer already.")
    return _ask(actor, registration, text=text.strip(), at=at)


def ask_for_answers(registration: DealRegistration, problems: Sequence[AnswerProblem], *, at: datetime) -> None:
    """Ask the partner for what the form needs and its claim did not say: the claim stands, its clock stands still."""
    listed = "\n".join(f"{problem.label}: {problem.sentence}" for problem in problems)
    _ask(SYSTEM, registration, text=f"The registration form asks for more than came with your claim.\n{listed}", at=at)


def _ask(actor: Actor, registration: DealRegistration, *, text: str, at: datetime) -> PartnerQuestion:
    question = PartnerQuestion.objects.create(
        workspace_id=registration.workspace_id,
        registration=registration,
        partner_id=registration.partner_id,
        text=text,
        asked_at=at,
        asked_by_label=actor.label,
    )
    registration.clock_stopped_at = at
    registration.save(update_fields=["clock_stopped_at"])
    record(
        actor,
        registration,
        verb="registration_question_asked",
        words="waits for an answer of the partner; the clock stands still",
        data={"question": question.pk},
        at=at,
    )
    return question


@transaction.atomic
def answer_question(
    actor: Actor, *, registration_id: int, text: str, at: datetime, answers: Mapping[str, object] | None = None
) -> PartnerQuestion:
    """Answer what the vendor asked: the clock goes on with the working time that was left. Partner's scope.

    `answers` are those to fields of the form that had none; they are kept with the registration and say enough by
    themselves. Raises `DealRegistration.DoesNotExist`, `AnswersInvalid`, and `QuestionRefused` where nothing is asked
    or nothing is said.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    question = PartnerQuestion.objects.filter(registration=registration, answered_at__isnull=True).first()
    if question is None or registration.clock_stopped_at is None:
        raise QuestionRefused("No question waits for an answer here.")
    told = complete_answers(registration, answers, at=at) if answers else ""
    text = "\n".join(part for part in (told, text.strip()) if part)
    if not text:
        raise QuestionRefused("Write your answer.")
    question.answer, question.answered_at, question.answered_by_label = text, at, actor.label
    question.save(update_fields=["answer", "answered_at", "answered_by_label"])
    terms = terms_of(registration)
    registration.answer_due_at = due_after_pause(
        terms.calendar, due=registration.answer_due_at, pause=Pause(registration.clock_stopped_at, at)
    )
    registration.clock_stopped_at = None
    registration.escalates_at = next_escalation(
        terms, level=registration.escalations, due=registration.answer_due_at, at=at
    )
    registration.save(update_fields=["answer_due_at", "clock_stopped_at", "escalates_at"])
    record(
        actor,
        registration,
        verb="registration_question_answered",
        words="has the partner's answer; the clock goes on",
        data={
            "question": question.pk,
            "answers": registration.answers,
            "answer_due_at": registration.answer_due_at.isoformat(),
        },
        at=at,
    )
    return question


def clock_taken(registration: DealRegistration, *, at: datetime) -> timedelta:
    """Return the working time a claim took until its decision, or until now, without waiting for the partner."""
    terms = terms_of(registration)
    pauses = [
        Pause(asked, answered)
        for asked, answered in PartnerQuestion.objects.filter(registration=registration)
        .order_by("asked_at")
        .values_list("asked_at", "answered_at")
    ]
    until = registration.decided_at or at
    return working_time(terms.calendar, since=registration.submitted_at, until=until, pauses=pauses)


def escalate_registrations(actor: Actor, *, at: datetime) -> int:
    """Record every escalation that is due and was not recorded, each once. Returns how many."""
    due = DealRegistration.objects.filter(
        state=RegistrationState.SUBMITTED, clock_stopped_at__isnull=True, escalates_at__lte=at
    )
    return sum(_escalate(actor, key, at=at) for key in due.order_by("pk").values_list("pk", flat=True)[:MOST])


@transaction.atomic
def _escalate(actor: Actor, registration_id: int, *, at: datetime) -> int:
    """Record the latest escalation that is due: after a pause of the worker, those before it are past."""
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    is_due = registration.escalates_at is not None and registration.escalates_at <= at
    if registration.state != RegistrationState.SUBMITTED or registration.clock_stopped_at or not is_due:
        return 0
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    terms = terms_of(registration, zone=zone)
    steps = escalations(terms)
    while registration.escalates_at is not None and registration.escalates_at <= at:
        registration.escalations += 1
        registration.escalates_at = next_escalation(
            terms, level=registration.escalations, due=registration.answer_due_at, at=registration.escalates_at
        )
    registration.save(update_fields=["escalations", "escalates_at"])
    step = steps[registration.escalations - 1]
    record(
        actor,
        registration,
        verb="registration_escalated",
        words=f"waits for a decision: {step.after_percent} % of the time has gone, {step.to.replace('_', ' ')} is told",
        data={
            "to": step.to,
            "after_percent": step.after_percent,
            "due_at": registration.answer_due_at.isoformat(),
            "level": registration.escalations,
        },
        at=at,
        for_partner=False,
    )
    return 1


def left_unanswered(*, at: datetime) -> list[int]:
    """Return the registrations that nobody answered in time and whose terms say that silence approves them.

    A claim that came second and waits, since its partner may not learn that, is left to a person, as is one of a
    partner that is none any more, and one that a case is about to whoever rules.
    """
    contested = ConflictClaim.objects.filter(registration__isnull=False, conflict__state__in=WAITS_FOR_RULING)
    overdue = DealRegistration.objects.filter(
        state=RegistrationState.SUBMITTED,
        clock_stopped_at__isnull=True,
        answer_due_at__lte=at,
        undisclosed_rule="",
        terms__clock__overdue__in=[Overdue.APPROVE.value, Overdue.APPROVE_IF_MET.value],
    ).exclude(Q(pk__in=contested.values("registration")) | Q(partner__lifecycle__in=GONE))
    return list(overdue.order_by("answer_due_at", "pk").values_list("pk", flat=True)[:MOST])
